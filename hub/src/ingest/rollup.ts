// Every five minutes, writes the hours that blocks have touched since into samples_1h, whole hours at a time: late samples make
// an hour come again, and the newest version of a row holds. A failed or repeated run changes nothing.
import type { Logger } from "pino";
import type { Database } from "../store/database.ts";
import { rollHour, touchedHours } from "../store/rollup.ts";

const everyMs = 300_000;

export function startRollup(
  database: Database,
  now: () => number,
  log: Logger,
): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  let stopped = false;

  async function round(): Promise<void> {
    for (const { hour, block } of await touchedHours(database)) {
      if (stopped) return;
      await rollHour(database, hour, block, Math.floor(now() / 1000));
    }
  }

  const timer = setInterval(() => {
    running ??= round()
      .catch((err: unknown) => log.warn({ err }, "hours could not be rolled up"))
      .finally(() => {
        running = undefined;
      });
  }, everyMs);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
