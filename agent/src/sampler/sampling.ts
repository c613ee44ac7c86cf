// One look at the clocks, and what follows from it: run the collectors, take a row, batch it. The timer is sampler.ts's,
// so that tests drive this with clocks of their own.
import { type AgentEvent, wireLimits } from "@tidemark/proto";
import type { Collector, Host, SamplingReadings } from "../collectors/collector.ts";
import { look, startAlignment, untilNextMs } from "./alignment.ts";
import { type BatchOutlet, createBatcher } from "./batcher.ts";
import { createBoard, deflate } from "./board.ts";
import { type Notice, createRounds } from "./rounds.ts";

export interface SamplingDeps {
  readonly collectors: readonly Collector[];
  /** The host without what the sampling itself adds. */
  readonly host: Omit<Host, "sampling">;
  readonly intervalSeconds: number;
  readonly batchTicks: number;
  readonly lanes: BatchOutlet & { event(event: AgentEvent): void };
  readonly notice: Notice;
  /** The wire's own limit when not given. */
  readonly seriesMax?: number;
}

export interface Sampling {
  /** Looks at the clocks, samples if a second is due, and says how long to wait until the next look, ms. */
  readonly step: () => number;
  /** Ships the partial batch and closes every collector. */
  readonly close: () => void;
  readonly readings: () => SamplingReadings;
}

export function createSampling(deps: SamplingDeps): Sampling {
  const { intervalSeconds, batchTicks, lanes, notice } = deps;
  const { now, monotonicMs } = deps.host;
  const seriesMax = Math.min(deps.seriesMax ?? wireLimits.seriesMax, wireLimits.seriesMax);
  const batcher = createBatcher({ stepSeconds: intervalSeconds, batchTicks, deflate }, lanes);

  let toldOfRefusal = false;
  const board = createBoard({
    seriesMax,
    refused: (detail) => {
      // Once in an agent's life: what is refused later moves the count in the agent's own series.
      if (!toldOfRefusal) notice("series-limit", detail);
      toldOfRefusal = true;
    },
  });
  const ticks = { durationMs: Number.NaN, latenessMs: Number.NaN, missed: 0 };
  const readings = (): SamplingReadings => ({
    ...ticks,
    series: board.seriesCount,
    seriesRefused: board.refusedCount,
    collectors: rounds.health(),
  });
  const rounds = createRounds({
    collectors: deps.collectors,
    host: { ...deps.host, sampling: readings },
    board,
    notice,
    event: (event) => lanes.event(event),
  });

  let alignment = startAlignment(now(), monotonicMs(), intervalSeconds);
  let row = new Float64Array(0);

  const sample = (second: number): void => {
    rounds.run(second);
    const table = board.table();
    if (row.length !== table.series.length) row = new Float64Array(table.series.length);
    board.takeRow(row);
    batcher.push(second, table, row);
  };

  return {
    step() {
      const startMs = monotonicMs();
      const wallMs = now();
      const seen = look(alignment, wallMs, startMs, intervalSeconds);
      const lastSecond = alignment.lastSecond;
      alignment = seen.alignment;
      if (seen.steppedMs !== 0) {
        batcher.cut();
        notice("clock-stepped", describeStep(seen.steppedMs, lastSecond, wallMs));
      }
      if (seen.second !== undefined) {
        if (!seen.consecutive && seen.steppedMs === 0)
          ticks.missed += (seen.second - lastSecond) / intervalSeconds - 1;
        ticks.latenessMs = wallMs - seen.second * 1_000;
        sample(seen.second);
        ticks.durationMs = monotonicMs() - startMs;
      }
      return untilNextMs(alignment, now(), intervalSeconds);
    },
    close() {
      batcher.cut();
      rounds.close();
    },
    readings,
  };
}

function describeStep(steppedMs: number, lastSecond: number, wallMs: number): string {
  const moved = `the wall clock moved by ${(steppedMs / 1_000).toFixed(1)} s`;
  if (steppedMs > 0) return `${moved} (set forward, or the host was suspended)`;
  const waitSeconds = Math.max(0, Math.ceil(lastSecond - wallMs / 1_000));
  return `${moved}; ${waitSeconds} s were sampled already and are waited out`;
}
