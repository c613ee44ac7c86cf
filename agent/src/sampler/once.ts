// Everything the collectors say, once: two reads a second apart so that counters have a rate. For `tidemark-agent once` and
// for tests on frozen hosts.
import { type AgentEvent, type Series, wireLimits } from "@tidemark/proto";
import type { Collector, Host } from "../collectors/collector.ts";
import { createBoard } from "./board.ts";
import { type Notice, createRounds } from "./rounds.ts";

export interface Snapshot {
  readonly series: readonly Series[];
  /** One a series; NaN where nothing was read. */
  readonly values: Float64Array;
  /** Top processes. */
  readonly events: readonly AgentEvent[];
}

export interface SnapshotDeps {
  readonly collectors: readonly Collector[];
  readonly host: Omit<Host, "sampling">;
  readonly notice: Notice;
  /** Resolves when the second read is to begin, usually after a second. */
  readonly between: () => Promise<void>;
  /** The wire's own limit when not given. */
  readonly seriesMax?: number;
}

/** More than any collector's `everySeconds` apart, so that all of them are due in both reads. */
const turns = [86_400, 2 * 86_400] as const;

export async function takeSnapshot(deps: SnapshotDeps): Promise<Snapshot> {
  const events: AgentEvent[] = [];
  const board = createBoard({
    seriesMax: deps.seriesMax ?? wireLimits.seriesMax,
    refused: (detail) => deps.notice("series-limit", detail),
  });
  const rounds = createRounds({
    ...deps,
    host: {
      ...deps.host,
      sampling: () => ({
        durationMs: Number.NaN,
        latenessMs: Number.NaN,
        missed: 0,
        series: board.seriesCount,
        seriesRefused: board.refusedCount,
        collectors: rounds.health(),
      }),
    },
    board,
    event: (event) => events.push(event),
  });
  try {
    let table = board.table();
    let values = new Float64Array(0);
    for (const turn of turns) {
      if (turn !== turns[0]) await deps.between();
      rounds.run(turn);
      await rounds.settled();
      table = board.table();
      values = new Float64Array(table.series.length);
      board.takeRow(values);
    }
    return { series: table.series, values, events };
  } finally {
    rounds.close();
  }
}
