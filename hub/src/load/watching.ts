// Who wants to know of runs: event streams, and whoever waits for an end.
import type { Run, RunId, RunTimeline } from "@tidemark/proto";
import { type KnownRun, hasEnded } from "./known-run.ts";

export interface Watching {
  /** A second of a run was stored, all its agents together: a timeline of one entry. Returns how to stop listening. */
  onInterval(listener: (run: RunId, timeline: RunTimeline) => void): () => void;
  /** A run or one of its parts changed its state. Returns how to stop listening. */
  onRun(listener: (run: Run) => void): () => void;
  tellInterval(run: RunId, timeline: RunTimeline): void;
  tellRun(known: KnownRun): void;
  /** Resolves when the run has ended, when `waitMs` have passed, or when the hub stops. */
  ended(known: KnownRun, waitMs?: number): Promise<void>;
  stop(): void;
}

export function openWatching(viewOf: (known: KnownRun) => Run): Watching {
  const intervalListeners = new Set<(run: RunId, timeline: RunTimeline) => void>();
  const runListeners = new Set<(run: Run) => void>();
  const waiting = new Map<KnownRun, Set<() => void>>();

  return {
    onInterval(listener) {
      intervalListeners.add(listener);
      return () => intervalListeners.delete(listener);
    },
    onRun(listener) {
      runListeners.add(listener);
      return () => runListeners.delete(listener);
    },
    tellInterval(run, timeline) {
      for (const listener of intervalListeners) listener(run, timeline);
    },
    tellRun(known) {
      // A view costs a merge over all agents.
      if (runListeners.size > 0) {
        const view = viewOf(known);
        for (const listener of runListeners) listener(view);
      }
      if (hasEnded(known.record)) for (const resolve of waiting.get(known) ?? []) resolve();
    },
    ended(known, waitMs) {
      if (hasEnded(known.record)) return Promise.resolve();
      return new Promise((resolve) => {
        const those = waiting.get(known) ?? new Set();
        waiting.set(known, those);
        const done = () => {
          clearTimeout(timer);
          those.delete(done);
          if (those.size === 0) waiting.delete(known);
          resolve();
        };
        const timer = waitMs === undefined ? undefined : setTimeout(done, waitMs);
        those.add(done);
      });
    },
    stop() {
      for (const those of waiting.values()) for (const resolve of those) resolve();
    },
  };
}
