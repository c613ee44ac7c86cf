// Keeps the embedded nats-server running: when it dies it is started again, sooner at first, later while it keeps dying.
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { ServerProcess } from "./server-process.ts";

export const restartLimits = {
  delayMsMin: 100,
  delayMsMax: 5_000,
  /** A server that lived this long died of something new, so the delay starts over. */
  steadyMs: 30_000,
} as const;

export interface Supervisor {
  /** Process id of the running server; undefined between two lives. */
  pid(): number | undefined;
  /** Lives that ended without being asked to. */
  deaths(): number;
  /** Ends the running server, whatever it takes; the next life follows by itself. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Watches `first`; `start` makes the next life. */
export function supervise(
  first: ServerProcess,
  start: () => Promise<ServerProcess>,
  deps: { readonly log: Logger; readonly now: () => number },
): Supervisor {
  const stopping = new AbortController();
  let current: ServerProcess | undefined = first;
  let deaths = 0;
  const watched = watch();

  async function watch(): Promise<void> {
    let startedMs = deps.now();
    let attempt = 0;
    while (!stopping.signal.aborted) {
      if (current !== undefined) {
        const { code, signal, lastLines } = await current.exited;
        current = undefined;
        if (stopping.signal.aborted) return;
        deaths += 1;
        if (deps.now() - startedMs >= restartLimits.steadyMs) attempt = 0;
        deps.log.error({ code, signal, lastLines: lastLines.at(-1) }, "broker died");
      }
      if (!(await waited(restartDelayMs(attempt), stopping.signal))) return;
      attempt += 1;
      startedMs = deps.now();
      try {
        current = await start();
        deps.log.info({ pid: current.pid, deaths }, "broker started again");
      } catch (err) {
        deps.log.error({ err, attempt }, "broker could not be started again");
      }
    }
  }

  return {
    pid: () => current?.pid,
    deaths: () => deaths,
    async restart() {
      await current?.stop();
    },
    async stop() {
      stopping.abort();
      await current?.stop();
      await watched;
      // A life that began while the stop was asked for.
      await current?.stop();
    },
  };
}

/** Milliseconds before start number `attempt` (0 is the first after a death): 100, 200, … 5,000. */
export function restartDelayMs(attempt: number): number {
  return Math.min(restartLimits.delayMsMin * 2 ** attempt, restartLimits.delayMsMax);
}

/** False when the wait was cut short by `signal`. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch (cause) {
    if (signal.aborted) return false;
    throw cause;
  }
}
