// The body of the precise pacer's thread.
import type { MessagePort } from "node:worker_threads";
import type { Share } from "@tidemark/proto";
import { type OpenPacing, scheduleOf } from "../pacings/index.ts";
import { monotonicMs } from "./pacer.ts";

export interface PacerStart {
  readonly kind: "pacer";
  readonly pacing: OpenPacing;
  readonly durationMs: number;
  readonly share: Share;
  /** Shared with the generator, see `pacerCells`. */
  readonly cells: Int32Array;
  /** Shared: start of the schedule, ms of `monotonicMs`; set before the pacer is first awake. */
  readonly base: Float64Array;
  readonly port: MessagePort;
}

/** `state`: what the generator wants of the pacer. `posted`: 1 while a wake-up is on its way, so that they never pile up. */
export const pacerCells = { state: 0, posted: 1, length: 2 } as const;
export const pacerStates = { quiet: 0, awake: 1, stopped: 2 } as const;

/** A quiet pacer looks again by itself this often. */
const quietMs = 50;

/** Says that it is ready, then blocks its thread until the generator stops it or the schedule is over. */
export function pace({ pacing, durationMs, share, cells, base, port }: PacerStart): void {
  const schedule = scheduleOf(pacing, durationMs, share);
  const { state, posted } = pacerCells;
  port.postMessage(0);
  for (;;) {
    const wanted = Atomics.load(cells, state);
    if (wanted === pacerStates.stopped) return;
    if (wanted === pacerStates.quiet) {
      Atomics.wait(cells, state, pacerStates.quiet, quietMs);
      continue;
    }
    const elapsedMs = monotonicMs() - (base[0] ?? 0);
    const next = schedule.dueBy(elapsedMs);
    if (next >= schedule.total) return;
    Atomics.wait(cells, state, pacerStates.awake, schedule.dueAtMs(next) - elapsedMs);
    if (Atomics.exchange(cells, posted, 1) === 0) port.postMessage(0);
  }
}
