// What a gate decides from verdicts and objectives: whether to let a release through, and by which exit code. Pure. A gate does not pass
// what it does not know.
import type { Objective, Verdict, VerdictKind } from "@tidemark/proto";

/** 1: could not be judged or started; 2: wrong input. */
export const gateExitCodes = {
  passed: 0,
  /** inconclusive, not-enough-runs, suspect */
  unknown: 3,
  /** A regression, or a run that misses an objective. */
  worse: 4,
  /** not-comparable, invalid */
  void: 5,
} as const;

/** Kinds that `--fail-on` may name; a regression fails whatever it says, an improvement and equivalence never do. */
export const failableKinds = [
  "regression",
  "inconclusive",
  "not-enough-runs",
  "suspect",
  "not-comparable",
  "invalid",
] as const satisfies readonly VerdictKind[];

/** One objective of the profile over the candidate's runs. */
export interface ObjectiveOutcome {
  readonly objective: Objective;
  readonly runs: number;
  /** Runs that miss it, and by what. */
  readonly misses: readonly { readonly run: string; readonly reason: string }[];
}

/** Everything that is told of a gate, in whatever form. */
export interface GateReport {
  readonly profile: { readonly id: string; readonly name: string };
  readonly baseline: string;
  readonly candidate: string;
  /** That it started; null when it judged the runs there were. */
  readonly campaign: string | null;
  /** The worst of the verdicts. */
  readonly kind: VerdictKind;
  /** Of that verdict. */
  readonly sentence: string;
  readonly verdicts: readonly Verdict[];
  readonly objectives: readonly ObjectiveOutcome[];
  readonly failOn: readonly VerdictKind[];
  readonly exitCode: number;
}

export function exitCodeOf({
  verdicts,
  objectives,
  failOn,
}: Pick<GateReport, "verdicts" | "objectives" | "failOn">): number {
  const codes = verdicts.map(({ kind }) => (fails(kind, failOn) ? codeOf(kind) : 0));
  const missed = objectives.some(({ misses }) => misses.length > 0);
  const { worse, void: unusable, unknown, passed } = gateExitCodes;
  if (missed || codes.includes(worse)) return worse;
  return [unusable, unknown].find((code) => codes.includes(code)) ?? passed;
}

export function fails(kind: VerdictKind, failOn: readonly VerdictKind[]): boolean {
  if (codeOf(kind) === gateExitCodes.passed) return false;
  return kind === "regression" || failOn.includes(kind);
}

function codeOf(kind: VerdictKind): number {
  switch (kind) {
    case "improvement":
    case "equivalent":
      return gateExitCodes.passed;
    case "inconclusive":
    case "not-enough-runs":
    case "suspect":
      return gateExitCodes.unknown;
    case "regression":
      return gateExitCodes.worse;
    case "not-comparable":
    case "invalid":
      return gateExitCodes.void;
  }
}

/** `p99 ≤ 20 ms, errors ≤ 0.1 %`. */
export function objectiveText({ percentile, responseMs, errorRatioMax }: Objective): string {
  return `p${percentile} ≤ ${responseMs} ms, errors ≤ ${percentText(errorRatioMax)}`;
}

export const percentText = (ratio: number) => `${Number((ratio * 100).toPrecision(3))} %`;
