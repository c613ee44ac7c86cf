// What agents report, once it is stored: intervals and finals become states of the run, and news for whoever watches.
import type { AgentId, RunId, RunTimeline } from "@tidemark/proto";
import type { Logger } from "pino";
import type { StoredInterval } from "../store/run-results.ts";
import type { Change } from "./changes.ts";
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

  /** First seconds begin their agents' parts: stored before they count, so that they come again if that fails. */
  async function takeIntervals(
    known: KnownRun,
    intervals: readonly StoredInterval[],
  ): Promise<void> {
    if (intervals.length === 0) return;
    const first = new Map(
      intervals.flatMap(({ agent, index, interval }) =>
        index === 0 ? [[agent, interval.startedAtMs] as const] : [],
      ),
    );
    const senders = new Set(intervals.map(({ agent }) => agent));
    await change(known, {
      assignment({ agent, state, startedAtMs }) {
        if (!senders.has(agent)) return undefined;
        const startMs = startedAtMs ?? first.get(agent) ?? null;
        if (state !== "pending" && startMs === startedAtMs) return undefined;
        return { startedAtMs: startMs, ...(state === "pending" && { state: "running" }) };
      },
    });
    const merge = merges.get(known) ?? new LiveMerge();
    merges.set(known, merge);
    for (const interval of intervals) {
      const part = known.assignments.get(interval.agent);
      if (part === undefined || part.indices.has(interval.index)) continue;
      addInterval(part, interval);
      heard(part, true, now());
      const row = rowOf(interval, part.record.clock?.aheadMs ?? 0);
      merge.add(interval.index, interval.agent, row, now());
    }
  }

  async function takeFinals(known: KnownRun, finals: readonly Final[]): Promise<void> {
    const fresh = new Map<AgentId, Final>();
    for (const final of finals) {
      const part = known.assignments.get(final.agent);
      if (part === undefined || part.record.final !== undefined) continue;
      fresh.set(final.agent, final);
      // Before the change, which adds up what all parts have.
      part.histograms = final.histograms;
    }
    await change(known, {
      assignment({ agent }) {
        const sent = fresh.get(agent);
        if (sent === undefined) return undefined;
        const { final, histograms } = sent;
        return {
          state: final.state,
          cause: final.cause,
          startedAtMs: final.startedAtMs,
          endedAtMs: final.endedAtMs,
          final: { ...final, latency: latenciesOf(histograms) },
          interim: undefined,
        };
      },
    });
    for (const [agent, { run, final }] of fresh)
      log.info({ run, agent, state: final.state }, "agent's part of a run ended");
  }

  /** Whoever has ended, or is about to, reports no more: the others' seconds need not wait for it. */
  function tell(known: KnownRun, ending: ReadonlySet<AgentId> = new Set()): void {
    const merge = merges.get(known);
    if (merge === undefined) return;
    const living = [...known.assignments.values()]
      .filter(({ record }) => !hasEnded(record) && !ending.has(record.agent))
      .map(({ record }) => record.agent);
    for (const row of merge.take(living, now())) told(known.record.id, timelineOf([row]));
    if (hasEnded(known.record) && merge.isEmpty) merges.delete(known);
  }

  const timer = setInterval(() => {
    for (const known of merges.keys()) tell(known);
  }, runLimits.mergeLookMs);

  return {
    async stored(intervals, finals) {
      const intervalsOf = Map.groupBy(intervals, ({ run }) => run);
      const finalsOf = Map.groupBy(finals, ({ run }) => run);
      for (const run of new Set([...intervalsOf.keys(), ...finalsOf.keys()])) {
        const known = await deps.load(run);
        if (known === undefined) continue;
        const ends = finalsOf.get(run) ?? [];
        await takeIntervals(known, intervalsOf.get(run) ?? []);
        // Before the end is told, after which nobody listens.
        tell(known, new Set(ends.map(({ agent }) => agent)));
        await takeFinals(known, ends);
        tell(known);
      }
    },
    stop: () => clearInterval(timer),
  };
}
