// Wakes a closed loop when a request of one of its clients is due: a 1 ms timer, whatever the plan's precision. Where clients
// think, or are held to a rate, a millisecond is little; where they are not, the answers themselves drive the loop.
import { type ReadyPacer, monotonicMs } from "../pacers/pacer.ts";
import type { ClientArrivals } from "./client-arrivals.ts";

export function paceClients(arrivals: ClientArrivals, tick: () => void): ReadyPacer {
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    const untilDueMs = Math.floor(arrivals.nextDueMs - monotonicMs());
    timer = setTimeout(
      () => {
        tick();
        wait();
      },
      Math.max(1, Math.min(arrivals.soonestMs, untilDueMs)),
    );
  };
  return {
    begin: wait,
    saturated: () => undefined,
    stop: async () => clearTimeout(timer),
  };
}
