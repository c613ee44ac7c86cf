// Wakes a closed loop when one of its clients is ready: a 1 ms timer, whatever the plan's precision. Where clients think, a
// millisecond is little; where they do not, the answers themselves drive the loop.
import { engineLimits } from "../limits.ts";
import { type ReadyPacer, monotonicMs } from "../pacers/pacer.ts";
import type { ClientArrivals } from "./client-arrivals.ts";

export function paceClients(
  arrivals: ClientArrivals,
  thinkMs: number,
  tick: () => void,
): ReadyPacer {
  // Whoever waits for an answer now is ready again in this time at the earliest, if the loop itself does not see to it.
  const soonestMs = thinkMs > 0 ? thinkMs : engineLimits.failedClientPauseMs;
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    const untilReadyMs = Math.floor(arrivals.nextReadyMs - monotonicMs());
    timer = setTimeout(
      () => {
        tick();
        wait();
      },
      Math.max(1, Math.min(soonestMs, untilReadyMs)),
    );
  };
  return {
    begin: wait,
    saturated: () => undefined,
    stop: async () => clearTimeout(timer),
  };
}
