// The seconds of a run as they arrive from its agents, put together: a second is told once all living agents have reported it,
// or when it has waited long enough. An agent's seconds come in order. Pure but for what it holds. What comes later still is in the stored timeline.
import { type AgentId, Histogram } from "@tidemark/proto";
import type { TimelineRow } from "../store/run-timeline.ts";
import { runLimits } from "./limits.ts";

interface Waiting {
  readonly sinceMs: number;
  readonly rows: Map<AgentId, TimelineRow>;
}

export class LiveMerge {
  readonly #waiting = new Map<number, Waiting>();
  /** Seconds before this one were told: none is told twice, none after a later one. */
  #next = 0;

  add(index: number, agent: AgentId, row: TimelineRow, nowMs: number): void {
    if (index < this.#next) return;
    const waiting = this.#waiting.get(index) ?? { sinceMs: nowMs, rows: new Map() };
    waiting.rows.set(agent, row);
    this.#waiting.set(index, waiting);
  }

  /** Seconds that are complete, or have waited long enough, in order. `living`: agents that may still report. */
  take(living: readonly AgentId[], nowMs: number): readonly TimelineRow[] {
    const told: TimelineRow[] = [];
    const indices = [...this.#waiting.keys()].sort((one, other) => one - other);
    for (const index of indices) {
      const waiting = this.#waiting.get(index);
      if (waiting === undefined) continue;
      const isWhole = living.every((agent) => waiting.rows.has(agent));
      const isDue = nowMs - waiting.sinceMs >= runLimits.mergeWaitMs;
      const isFull = this.#waiting.size > runLimits.mergeWaitingMax;
      if (!isWhole && !isDue && !isFull) break;
      this.#waiting.delete(index);
      this.#next = index + 1;
      told.push(mergedRow([...waiting.rows.values()]));
    }
    return told;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }
}

/** The same second of several agents together; at least one. */
export function mergedRow(rows: readonly TimelineRow[]): TimelineRow {
  const sum = (field: SummedField) => rows.reduce((total, row) => total + row[field], 0);
  const merged = (basis: "response" | "service") => {
    const histogram = new Histogram();
    for (const row of rows) histogram.merge(row.histograms[basis]);
    return histogram;
  };
  return {
    startedAtMs: Math.min(...rows.map(({ startedAtMs }) => startedAtMs)),
    durationMs: Math.max(...rows.map(({ durationMs }) => durationMs)),
    due: sum("due"),
    sent: sum("sent"),
    completed: sum("completed"),
    errors: sum("errors"),
    unexpected: sum("unexpected"),
    dropped: sum("dropped"),
    backlog: sum("backlog"),
    inFlight: sum("inFlight"),
    histograms: { response: merged("response"), service: merged("service") },
  };
}

type SummedField = Exclude<keyof TimelineRow, "startedAtMs" | "durationMs" | "histograms">;
