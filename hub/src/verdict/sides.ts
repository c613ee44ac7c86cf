// Which runs of a side count, and why the others do not. Pure.
import type { EvidenceRun, Side } from "@tidemark/proto";
import type { RunEvidence } from "../evidence/evidence.ts";
import { areKeysEqual, keyDifferences } from "./differences.ts";

export interface Sides {
  readonly baseline: CountedSide;
  readonly candidate: CountedSide;
}
export interface CountedSide {
  readonly label: string;
  /** In the order they ran. */
  readonly runs: readonly RunEvidence[];
  readonly counted: readonly RunEvidence[];
  /** By id of a run that does not count. */
  readonly excluded: ReadonlyMap<string, string>;
}

interface Runs {
  readonly baseline: readonly RunEvidence[];
  readonly candidate: readonly RunEvidence[];
}

/**
 * A run counts unless it is invalid, or was made otherwise than its side's newest: what the candidate's newest run is, the baseline's
 * are held to as well if any of them is like it.
 */
export function sidesOf({ baseline, candidate }: Runs, labels: Record<keyof Sides, string>): Sides {
  const pattern = newest(valid(candidate));
  const ofBaseline = valid(baseline);
  const alike = pattern && ofBaseline.filter((run) => areKeysEqual(run, pattern));
  return {
    baseline: sideOf(labels.baseline, baseline, newest(alike) ?? newest(ofBaseline)),
    candidate: sideOf(labels.candidate, candidate, pattern),
  };
}

/** As the API shows it. */
export function shownSide({ label, runs, counted, excluded }: CountedSide): Side {
  return {
    label: shortened(label, 256),
    counted: counted.length,
    runs: runs.map((run) => shownRun(run, excluded.get(run.run) ?? "")),
  };
}

function sideOf(
  label: string,
  runs: readonly RunEvidence[],
  pattern: RunEvidence | undefined,
): CountedSide {
  const ordered = runs.toSorted((one, other) => beganMs(one) - beganMs(other));
  const excluded = new Map<string, string>();
  for (const run of ordered) {
    const why = exclusion(run, pattern);
    if (why !== "") excluded.set(run.run, shortened(why, 512));
  }
  const counted = ordered.filter(({ run }) => !excluded.has(run));
  return { label, runs: ordered, counted, excluded };
}

function exclusion(run: RunEvidence, pattern: RunEvidence | undefined): string {
  if (run.validity.level === "invalid") return `invalid: ${invalidReasons(run).join("; ")}`;
  if (pattern === undefined || areKeysEqual(run, pattern)) return "";
  const fields = keyDifferences([run], [pattern]).map(
    ({ what, baseline, candidate }) => `${what} ${baseline}, not ${candidate}`,
  );
  return fields.length === 0 ? "" : `made otherwise than the newest: ${fields.join("; ")}`;
}

/** `errors: none of 5 answers was what the plan expects`. */
export function invalidReasons({ validity }: RunEvidence): readonly string[] {
  return validity.findings
    .filter(({ level }) => level === "invalid")
    .map(({ rule, detail }) => `${rule}: ${detail}`);
}

function shownRun(evidence: RunEvidence, excluded: string): EvidenceRun {
  const { run, name, startedAtMs, origin, validity, figures } = evidence;
  return {
    run,
    name,
    startedAtMs,
    variant: { ...origin?.variant },
    profileRevision: origin?.profile.revision ?? null,
    validity,
    figures,
    excluded,
  };
}

const valid = (runs: readonly RunEvidence[]) =>
  runs.filter(({ validity }) => validity.level !== "invalid");
const newest = (runs: readonly RunEvidence[] | undefined) =>
  runs?.reduce<RunEvidence | undefined>(
    (latest, run) => (latest === undefined || beganMs(run) > beganMs(latest) ? run : latest),
    undefined,
  );
export const beganMs = ({ startedAtMs, createdAtMs }: RunEvidence) => startedAtMs ?? createdAtMs;
const shortened = (text: string, lengthMax: number) =>
  text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
