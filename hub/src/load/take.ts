// What agents report, once it is stored: intervals and finals become states of the run, and news for whoever watches.
import type { AgentId, RunId, RunTimeline } from "@tidemark/proto";
import type { Logger } from "pino";
import type { StoredInterval } from "../store/run-results.ts";
import { type Change, partOf } from "./changes.ts";
import { type KnownRun, addInterval, hasEnded, latenciesOf } from "./known-run.ts";
import { heard } from "./leases.ts";
import { runLimits } from "./limits.ts";
import { LiveMerge } from "./live-merge.ts";
import type { Final } from "./results.ts";
import { rowOf, timelineOf } from "./timeline.ts";

export interface Taking {
  stored(intervals: readonly StoredInterval[], finals: readonly Final[]): Promise<void>;
  stop(): void;
}

export function openTaking(deps: {
  readonly load: (run: RunId) => Promise<KnownRun | undefined>;
  readonly change: Change;
  /** A second of a run, all its agents together: a timeline of one entry. */
  readonly told: (run: RunId, timeline: RunTimeline) => void;
  readonly now: () => number;
  readonly log: Logger;
}): Taking {
  const { change, told, now, log } = deps;
  const merges = new Map<KnownRun, LiveMerge>();

  async function takeInterval(interval: StoredInterval): Promise<void> {
    const known = await deps.load(interval.run);
    const part = known?.assignments.get(interval.agent);
    if (known === undefined || part === undefined || part.indices.has(interval.index)) return;
    const { startedAtMs } = interval.interval;
    if (part.record.startedAtMs === null)
      await change(
        known,
        partOf(interval.agent, ({ state }) => ({
          startedAtMs,
          ...(state === "pending" && { state: "running" as const }),
        })),
      );
    addInterval(part, interval);
    heard(part, true, now());
    const merge = merges.get(known) ?? new LiveMerge();
    merges.set(known, merge);
    const row = rowOf(interval, part.record.clock?.aheadMs ?? 0);
    merge.add(interval.index, interval.agent, row, now());
    tell(known, merge);
  }

  async function takeFinal({ run, agent, final, histograms }: Final): Promise<void> {
    const known = await deps.load(run);
    const part = known?.assignments.get(agent);
    if (known === undefined || part === undefined || part.record.final !== undefined) return;
    // Before the change, which adds up what all parts have.
    part.histograms = histograms;
    // What it still lacks will come to nothing: the others need not wait.
    const merge = merges.get(known);
    await change(
      known,
      partOf(agent, () => ({
        state: final.state,
        cause: final.cause,
        startedAtMs: final.startedAtMs,
        endedAtMs: final.endedAtMs,
        final: { ...final, latency: latenciesOf(histograms) },
        interim: undefined,
      })),
    );
    if (merge !== undefined) tell(known, merge);
    log.info({ run, agent, state: final.state }, "agent's part of a run ended");
  }

  function tell(known: KnownRun, merge: LiveMerge): void {
    for (const row of merge.take(living(known), now())) told(known.record.id, timelineOf([row]));
    if (hasEnded(known.record) && merge.isEmpty) merges.delete(known);
  }

  const timer = setInterval(() => {
    for (const [known, merge] of merges) tell(known, merge);
  }, runLimits.mergeLookMs);

  return {
    async stored(intervals, finals) {
      for (const interval of intervals) await takeInterval(interval);
      for (const final of finals) await takeFinal(final);
    },
    stop: () => clearInterval(timer),
  };
}

function living({ assignments }: KnownRun): readonly AgentId[] {
  return [...assignments.values()]
    .filter(({ record }) => !hasEnded(record))
    .map(({ record }) => record.agent);
}
