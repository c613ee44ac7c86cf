// The closed loop's arrivals: a client is ready for its next request `thinkMs` after its last one met its fate, and no sooner.
// A slow server is asked less often: that is what coordinated omission is, and why the result calls itself a closed loop's.
import { engineLimits } from "../limits.ts";
import type { Arrivals, Fate } from "./arrivals.ts";
import { DueQueue } from "./due-queue.ts";
import type { Tally } from "./tally.ts";

export interface Clients {
  readonly clients: number;
  readonly thinkMs: number;
  /** How long after the start client 0, 1, 2 … is first ready; never decreasing, at most `thinkMs`. */
  readonly firstAfterMs: (client: number) => number;
}

export class ClientArrivals implements Arrivals {
  readonly #options: Clients;
  readonly #tally: Tally;
  /** When those are ready that think, and those that pause after a failure; each in order, as each waits equally long. */
  readonly #thinking: DueQueue;
  readonly #pausing: DueQueue;
  readonly #pauseMs: number;

  constructor(options: Clients, tally: Tally) {
    this.#options = options;
    this.#tally = tally;
    this.#thinking = new DueQueue(options.clients);
    this.#pausing = new DueQueue(options.clients);
    this.#pauseMs = Math.max(options.thinkMs, engineLimits.failedClientPauseMs);
  }

  /** When the next client is ready, on the generator's clock; later than any time when none waits. */
  get nextReadyMs(): number {
    return Math.min(this.#thinking.first, this.#pausing.first);
  }

  begin(startMs: number): void {
    const { clients, firstAfterMs } = this.#options;
    for (let client = 0; client < clients; client += 1)
      this.#thinking.push(startMs + firstAfterMs(client));
  }

  becomeDue(nowMs: number, queue: DueQueue): void {
    this.#moveReady(this.#thinking, nowMs, queue);
    this.#moveReady(this.#pausing, nowMs, queue);
  }

  settled(nowMs: number, fate: Fate): void {
    if (fate === "failed") this.#pausing.push(nowMs + this.#pauseMs);
    else this.#thinking.push(nowMs + this.#options.thinkMs);
  }

  #moveReady(waiting: DueQueue, nowMs: number, queue: DueQueue): void {
    while (waiting.first <= nowMs) {
      const readyMs = waiting.shift();
      this.#tally.of(readyMs).due += 1;
      queue.push(readyMs);
    }
  }
}
