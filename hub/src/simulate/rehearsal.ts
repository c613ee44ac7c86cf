// A receiver of its own for simulated operators: real, on loopback, over a directory that is marked, with a clock that goes from month to
// month. It runs ahead of the true time, since reports older than 35 days are deleted by the database's own clock.
import { mkdirSync } from "node:fs";
import { pino } from "pino";
import { startReceiver } from "../receive/compose.ts";
import { receiveConfig } from "../receive/config.ts";
import { markRehearsal } from "../receive/rehearsal.ts";
import { type OperatorsProgress, simulateOperators } from "./operators.ts";

const dayMs = 86_400_000;

export interface RehearsalOptions {
  readonly dataDir: string;
  readonly count: number;
  readonly seed: number;
  readonly firstPeriod: number;
  /** When the first month's reports are sent, Unix ms. */
  readonly startMs: number;
  /** How many 28-day periods are reported, one after the other. */
  readonly periods: number;
}

/** Sends each period's reports and freezes its charts; resolves to the last period's totals. Throws when the directory is no rehearsal. */
export async function rehearse(
  { dataDir, startMs, periods, ...operators }: RehearsalOptions,
  signal: AbortSignal,
  progress: (period: number, state: OperatorsProgress) => void,
): Promise<readonly OperatorsProgress[]> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  markRehearsal(dataDir);
  const config = receiveConfig(
    { "data-dir": dataDir, port: "0", "rate-per-minute": "100000000" },
    {},
  );
  const log = pino({ level: "error" }, pino.destination({ fd: 2, sync: true }));
  const totals: OperatorsProgress[] = [];
  // Opening a receiver freezes what is due: the round after the last one has nothing else to do.
  for (let period = 0; period <= periods && !signal.aborted; period += 1) {
    const nowMs = startMs + period * 28 * dayMs;
    const receiver = await startReceiver(config, log, () => nowMs);
    try {
      if (period === periods) break;
      const options = { ...operators, receiver: receiver.url, nowMs };
      totals.push(await simulateOperators(options, signal, (state) => progress(period + 1, state)));
    } finally {
      await receiver.stop();
    }
  }
  return totals;
}
