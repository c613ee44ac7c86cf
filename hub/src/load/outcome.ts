// What one agent made of its share, and what all of them made of the run. Pure: counts are added, histograms were, nothing is
// averaged, and the order in which parts arrived says nothing.
import { type Counts, type RunAgent, type Spoiler, addCounts, emptyCounts } from "@tidemark/proto";
import type { AssignmentRecord } from "../store/assignments.ts";
import type { RunRecord } from "../store/run-row.ts";
import type { Latencies } from "../store/stored-final.ts";
import { runLimits } from "./limits.ts";
import { hubTimeOf } from "./overall.ts";
import { emptySummary } from "./summary.ts";

/** The fields that a run and each of its agents have in common. */
export type Outcome = Pick<
  RunAgent,
  | "startedAtMs"
  | "endedAtMs"
  | "counts"
  | "unsent"
  | "inFlight"
  | "achievedPerSecond"
  | "response"
  | "service"
  | "lateness"
  | "spoiled"
  | "remarks"
>;

/** What is known before the final: sums over the intervals that arrived. */
export interface Progress {
  readonly counts: Counts;
  readonly backlog: number;
  readonly inFlight: number;
  /** Ms of the intervals together. */
  readonly elapsedMs: number;
  readonly latency: Latencies;
}

/** An agent's part as a view takes it. */
export interface Part {
  readonly record: AssignmentRecord;
  readonly agentName: string;
  readonly progress: Progress | undefined;
  /** How many of its intervals the hub holds. */
  readonly storedIntervals: number;
}

const noLatencies: Latencies = {
  response: emptySummary,
  service: emptySummary,
  lateness: emptySummary,
};
const textLengthMax = 512;

export function partOutcome(part: Part): Outcome {
  const { record } = part;
  const { startedAtMs, endedAtMs, final } = record;
  if (final !== undefined)
    return {
      startedAtMs,
      endedAtMs,
      counts: final.counts,
      unsent: final.unsent,
      inFlight: final.inFlight,
      achievedPerSecond: perSecond(final.counts.completed, elapsedOf(part)),
      ...final.latency,
      spoiled: [...final.spoiled, ...missing(final.intervals, part.storedIntervals)],
      remarks: final.remarks,
    };
  const { counts, unsent, inFlight, latency } = interimOf(part);
  const achievedPerSecond = perSecond(counts.completed, elapsedOf(part));
  return {
    startedAtMs,
    endedAtMs,
    counts,
    unsent,
    inFlight,
    achievedPerSecond,
    ...latency,
    spoiled: [],
    remarks: [],
  };
}

/** `latency`: of all parts together; a run of one agent has its part's own. */
export function mergedOutcome(
  record: RunRecord,
  parts: readonly Part[],
  latency: Latencies | undefined,
): Outcome {
  const outcomes = parts.map(partOutcome);
  const [only] = outcomes;
  const shared = {
    startedAtMs: record.startedAtMs,
    endedAtMs: record.endedAtMs,
  };
  const counts = outcomes.reduce((sum, outcome) => addCounts(sum, outcome.counts), emptyCounts());
  const elapsedMs = Math.max(0, ...parts.map(elapsedOf));
  const { response, service, lateness } =
    latency ?? (parts.length === 1 && only !== undefined ? only : noLatencies);
  return {
    ...shared,
    counts,
    unsent: outcomes.reduce((sum, { unsent }) => sum + unsent, 0),
    inFlight: outcomes.reduce((sum, { inFlight }) => sum + inFlight, 0),
    achievedPerSecond: perSecond(counts.completed, elapsedMs),
    response,
    service,
    lateness,
    spoiled: [...together(parts, outcomes), ...partsLost(record, parts), ...clocksApart(parts)],
    remarks: remarksOf(record, parts, outcomes),
  };
}

function interimOf({ record, progress }: Part) {
  if (progress !== undefined) return { ...progress, unsent: progress.backlog };
  if (record.interim !== undefined) return record.interim;
  return { counts: emptyCounts(), unsent: 0, inFlight: 0, elapsedMs: 0, latency: noLatencies };
}

function elapsedOf(part: Part): number {
  const { final } = part.record;
  return final === undefined ? interimOf(part).elapsedMs : final.endedAtMs - final.startedAtMs;
}

/** The numbers come from the final and hold; only the picture second by second has holes. */
function missing(reported: number, stored: number): Spoiler[] {
  if (stored >= reported) return [];
  const detail = `${reported - stored} of ${reported} intervals have not arrived`;
  return [{ code: "intervals-missing", detail }];
}

/** The parts' spoilers, each once, naming whose they are where there are several agents. */
function together(parts: readonly Part[], outcomes: readonly Outcome[]): Spoiler[] {
  if (parts.length === 1) return outcomes[0]?.spoiled ?? [];
  const details = new Map<Spoiler["code"], string[]>();
  for (const [at, { spoiled }] of outcomes.entries())
    for (const { code, detail } of spoiled)
      details.set(code, [...(details.get(code) ?? []), `${nameAt(parts, at)}: ${detail}`]);
  return [...details].map(([code, texts]) => ({ code, detail: cut(texts.join("; ")) }));
}

/** Parts of a run that began which ended otherwise than they should. */
function partsLost(record: RunRecord, parts: readonly Part[]): Spoiler[] {
  if (parts.length < 2 || record.startFailure !== "") return [];
  const lost = parts.filter(
    ({ record: { state } }) =>
      state === "failed" ||
      state === "lease-lapsed" ||
      state === "refused" ||
      (state === "cancelled" && record.cancelAskedAtMs === null),
  );
  if (lost.length === 0) return [];
  const said = lost.map((part) => {
    const { due } = partOutcome(part).counts;
    return `${part.agentName} (${part.record.cause}; ${due} requests until then are counted)`;
  });
  const detail = cut(`${lost.length} of ${parts.length} agents were lost: ${said.join(", ")}`);
  return [{ code: "agents-lost", detail }];
}

function clocksApart(parts: readonly Part[]): Spoiler[] {
  const spoiled: Spoiler[] = [];
  const starts = parts.flatMap(({ record }) => hubTimeOf(record, record.startedAtMs) ?? []);
  const apartMs = starts.length < 2 ? 0 : Math.max(...starts) - Math.min(...starts);
  if (apartMs > runLimits.startedApartMs)
    spoiled.push({
      code: "started-apart",
      detail: `the agents' first requests are ${apartMs} ms apart`,
    });
  const unsure = parts.filter(
    ({ record: { clock } }) =>
      clock !== undefined && clock.uncertaintyMs > runLimits.clockUncertainMs,
  );
  const named = unsure.map(
    ({ agentName, record: { clock } }) =>
      `${agentName} ± ${Math.round(clock?.uncertaintyMs ?? 0)} ms`,
  );
  if (named.length > 0)
    spoiled.push({
      code: "clock-uncertain",
      detail: cut(`the agents' clocks are known roughly: ${named.join(", ")}`),
    });
  return spoiled;
}

const remarksMax = 64;

/** The run's own, then the parts': what all say is said once. */
function remarksOf(
  record: RunRecord,
  parts: readonly Part[],
  outcomes: readonly Outcome[],
): string[] {
  const names = new Map<string, string[]>();
  for (const [at, { remarks }] of outcomes.entries())
    for (const remark of remarks)
      names.set(remark, [...(names.get(remark) ?? []), nameAt(parts, at)]);
  const ofParts = [...names].map(([remark, who]) =>
    who.length === parts.length ? remark : cut(`${who.join(", ")}: ${remark}`),
  );
  return [...record.remarks, ...ofParts].slice(0, remarksMax);
}

const nameAt = (parts: readonly Part[], at: number) => parts[at]?.agentName ?? "";
const cut = (text: string) =>
  text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax - 1)}…`;

function perSecond(count: number, ms: number): number | null {
  return ms > 0 ? (count * 1_000) / ms : null;
}
