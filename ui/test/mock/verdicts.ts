// The mock's verdicts: the shift of Hodges and Lehmann with its exact interval, computed from its own runs, so that dots, intervals
// and sentences agree with each other. What the hub adds (max-T, noise) is roughly right here.
import {
  releaseLabel,
  parseSelector,
  type Comparison,
  type EvidenceRun,
  type Figure,
  type FigureComparison,
  type Run,
  type VariantLabels,
  type Verdict,
  type VerdictKind,
} from "@tidemark/proto";
import { evidenceOf } from "./evidence.ts";

/** The rank of the interval's ends among the sorted differences, α .05, by runs of each side. */
const ranks: Readonly<Record<number, number>> = { 4: 1, 5: 3, 6: 6, 7: 9, 8: 14, 10: 24 };
const runsMin = 4;
const order: readonly VerdictKind[] = [
  "invalid",
  "not-comparable",
  "regression",
  "not-enough-runs",
  "inconclusive",
  "suspect",
  "improvement",
  "equivalent",
];

export type Asked =
  | { readonly kind: "comparison"; readonly comparison: Comparison }
  | { readonly kind: "refused"; readonly field: string; readonly reason: string };

/** Who is compared: runs by id, a campaign, or a profile's variants. */
export function sidesOf(
  runs: readonly Run[],
  query: URLSearchParams,
): { baseline: readonly Run[]; candidate: readonly Run[]; fault?: string } {
  const ids = (name: string) => new Set(query.getAll(name));
  if (query.has("baselineRun"))
    return {
      baseline: runs.filter((run) => ids("baselineRun").has(run.id)),
      candidate: runs.filter((run) => ids("candidateRun").has(run.id)),
    };
  const within = runs.filter((run) =>
    query.has("campaign")
      ? run.campaign === query.get("campaign")
      : run.profile?.id === query.get("profile"),
  );
  const side = (name: string, usual: string) => {
    const selector = parseSelector(query.get(name) ?? usual);
    return within.filter(
      ({ variant }) => selector.kind === "selector" && selector.matches(variant),
    );
  };
  const baseline = side("baseline", "release=3.5");
  const candidate = side("candidate", "release=3.6");
  return { baseline, candidate };
}

export function compare(runs: readonly Run[], query: URLSearchParams): Asked {
  const sides = sidesOf(runs, query);
  for (const side of ["baseline", "candidate"] as const)
    if (sides[side].length === 0)
      return {
        kind: "refused",
        field: query.has("baselineRun") ? `/${side}Run` : `/${side}`,
        reason: `no run of the ${side} matches ${query.get(side) ?? "this"}; choose other variants or run the profile first`,
      };
  const stratumOf = ({ variant }: Run) =>
    JSON.stringify(
      Object.fromEntries(Object.entries(variant).filter(([key]) => key !== releaseLabel)),
    );
  const strata = [...new Set(sides.baseline.map(stratumOf))];
  const verdicts = strata.map((stratum) =>
    verdictOf(
      JSON.parse(stratum) as VariantLabels,
      sides.baseline.filter((run) => stratumOf(run) === stratum),
      sides.candidate.filter((run) => stratumOf(run) === stratum || query.has("candidateRun")),
    ),
  );
  const kind = order.find((each) => verdicts.some((verdict) => verdict.kind === each));
  return { kind: "comparison", comparison: { kind: kind ?? "inconclusive", verdicts } };
}

function verdictOf(
  stratum: VariantLabels,
  baseline: readonly Run[],
  candidate: readonly Run[],
): Verdict {
  const sideOf = (runs: readonly Run[], other: readonly Run[]) => {
    const evidence = runs.map(evidenceOf);
    return {
      label: labelOf(runs, other),
      runs: evidence,
      counted: evidence.filter(({ excluded }) => excluded === "").length,
    };
  };
  const sides = {
    baseline: sideOf(baseline, candidate),
    candidate: sideOf(candidate, baseline),
  };
  const isComparable = baseline[0]?.pacing.kind === candidate[0]?.pacing.kind;
  const figures = isComparable
    ? (["p50", "p95", "p99", "errors"] as const).map((figure) =>
        figureOf(figure, sides.baseline.runs, sides.candidate.runs),
      )
    : [];
  const kind = isComparable
    ? (order.find((each) => figures.some(({ verdict }) => verdict === each)) ?? "inconclusive")
    : "not-comparable";
  const told = figures.find(({ verdict }) => verdict === kind);
  return {
    kind,
    stratum,
    sentence: sentenceOf(kind, told, sides.baseline.label, sides.candidate.label, {
      baseline: sides.baseline.counted,
      candidate: sides.candidate.counted,
    }),
    settles: settlesOf(kind),
    marginRatio: 0.05,
    design: baseline[0]?.campaign ? "interleaved" : "separate",
    ...sides,
    figures,
    keyDifferences: isComparable
      ? []
      : [{ what: "rate", baseline: "800/s constant", candidate: "closed, 16 clients" }],
    environmentChanges: baseline[0]?.campaign
      ? [
          { what: "rack-001: kernel", baseline: "6.8.0-45", candidate: "6.8.0-47" },
          { what: "generator", baseline: "tidemark 0.1.0", candidate: "tidemark 0.1.1" },
        ]
      : [],
    remarks: [],
  };
}

function labelOf(runs: readonly Run[], other: readonly Run[]): string {
  const mine = runs[0]?.variant[releaseLabel];
  const theirs = other[0]?.variant[releaseLabel];
  if (mine !== undefined && mine !== theirs) return `${releaseLabel}=${mine}`;
  return runs.length === 1 ? runs[0]?.name || (runs[0]?.target ?? "") : `${runs.length} runs`;
}

function figureOf(
  figure: Figure,
  before: readonly EvidenceRun[],
  after: readonly EvidenceRun[],
): FigureComparison {
  const values = (runs: readonly EvidenceRun[]) =>
    runs
      .filter(({ excluded }) => excluded === "")
      .map(({ figures }) => (figure === "errors" ? figures.errorRatio : latency(figures, figure)));
  const [a, b] = [values(before), values(after)];
  const isRatio = figure !== "errors";
  const scale = (value: number) => (isRatio ? Math.log(value) : value);
  const differences = b
    .flatMap((right) => a.map((left) => scale(right) - scale(left)))
    .toSorted((left, right) => left - right);
  const back = (value: number | undefined) =>
    value === undefined ? null : isRatio ? Math.expm1(value) : value;
  const n = Math.min(a.length, b.length);
  const rank = ranks[n];
  const isEnough = n >= runsMin && rank !== undefined;
  const [ratio, low, high] = isEnough
    ? [
        back(medianOf(differences)),
        back(differences[rank - 1]),
        back(differences[differences.length - rank]),
      ]
    : [null, null, null];
  return {
    figure,
    baseline: medianOf(a),
    candidate: medianOf(b),
    unit: isRatio ? "us" : "1",
    ratio,
    low,
    high,
    confidence: isEnough ? 0.957 : null,
    adjustedP: isEnough ? ((low ?? 0) > 0 || (high ?? 0) < 0 ? 0.004 : 0.61) : null,
    isEquivalent: isEnough && Math.abs(low ?? 1) < 0.05 && Math.abs(high ?? 1) < 0.05,
    detectable: isEnough ? 0.026 : null,
    noise: isEnough ? 0.017 : null,
    verdict: kindOf(ratio, low, high),
  };
}

const latency = (figures: EvidenceRun["figures"], figure: Figure) =>
  (figure === "p50" ? figures.p50 : figure === "p95" ? figures.p95 : figures.p99) ?? 1;

function kindOf(ratio: number | null, low: number | null, high: number | null): VerdictKind {
  if (ratio === null || low === null || high === null) return "not-enough-runs";
  if (low > 0 && ratio >= 0.05) return "regression";
  if (high < 0 && ratio <= -0.05) return "improvement";
  return low > -0.05 && high < 0.05 ? "equivalent" : "inconclusive";
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const [below = 0, above = 0] =
    sorted.length % 2 === 0
      ? [sorted[middle - 1], sorted[middle]]
      : [sorted[middle], sorted[middle]];
  return (below + above) / 2;
}

function sentenceOf(
  kind: VerdictKind,
  told: FigureComparison | undefined,
  baseline: string,
  candidate: string,
  runs: { readonly baseline: number; readonly candidate: number },
): string {
  const percent = (ratio: number | null) => ((ratio ?? 0) * 100).toFixed(1);
  const interval = `[${percent(told?.low ?? null)}, ${percent(told?.high ?? null)}]`;
  const count = `${runs.baseline} + ${runs.candidate} runs`;
  switch (kind) {
    case "regression":
      return `${candidate} is ${percent(told?.ratio ?? null)} % slower at ${told?.figure} ${interval} than ${baseline}; ${count}, adjusted p .004, noise 1.7 %.`;
    case "improvement":
      return `${candidate} is ${percent(-(told?.ratio ?? 0))} % faster at ${told?.figure} ${interval} than ${baseline}; ${count}.`;
    case "equivalent":
      return `${candidate} and ${baseline} are within ±5 %: ${interval} at ${told?.figure}; ${count}.`;
    case "not-enough-runs":
      return `There are ${count}; to see 5 % it needs 8 of each.`;
    case "not-comparable":
      return `${baseline} and ${candidate} cannot be compared: the rate differs.`;
    case "inconclusive":
    case "invalid":
    case "suspect":
      return `${candidate} differs from ${baseline} by ${interval} at ${told?.figure}: it could be ${percent(told?.high ?? null)} % slower.`;
  }
}

function settlesOf(kind: VerdictKind): string {
  if (kind === "inconclusive") return "12 more runs of each would settle 5 %.";
  if (kind === "not-enough-runs") return "8 runs of each side find a difference of 5 %.";
  return kind === "not-comparable" ? "Run both sides at the same rate." : "";
}
