// The closed loop's arrivals: a client is ready for its next request `thinkMs` after its last one met its fate, and no sooner.
// A slow server is asked less often: that is what coordinated omission is, and why the result calls itself a closed loop's.
// Under a ceiling no more become due than its rate allows; a client that is ready sooner waits its turn.
import { engineLimits } from "../limits.ts";
import type { Arrivals, Fate } from "./arrivals.ts";
import { DueQueue } from "./due-queue.ts";
import type { Tally } from "./tally.ts";

export interface Clients {
  readonly clients: number;
  readonly thinkMs: number;
  /** How long after the start client 0, 1, 2 … is first ready; never decreasing, at most `thinkMs`. */
  readonly firstAfterMs: (client: number) => number;
  /** Requests/s at most; undefined without a ceiling. */
  readonly ratePerSecondMax: number | undefined;
}

/**
 * What was not sent in the last so many ms may be sent at once: answers come in bursts, and a loop below its ceiling is not to be
 * slowed by it. No second has more than a twentieth above the ceiling.
 */
const burstMs = 50;
/** From this part of its requests on a loop was held back by its ceiling. */
const heldShareMin = 0.05;

export class ClientArrivals implements Arrivals {
  readonly #options: Clients;
  readonly #tally: Tally;
  /** When those are ready that think, and those that pause after a failure; each in order, as each waits equally long. */
  readonly #thinking: DueQueue;
  readonly #pausing: DueQueue;
  readonly #pauseMs: number;
  /** Between two due times on average; 0 without a ceiling. */
  readonly #gapMs: number;
  /** Nothing is due before: a gap for each request, from `burstMs` ago at the earliest. */
  #freeMs = Number.NEGATIVE_INFINITY;
  #due = 0;
  #held = 0;

  constructor(options: Clients, tally: Tally) {
    this.#options = options;
    this.#tally = tally;
    this.#thinking = new DueQueue(options.clients);
    this.#pausing = new DueQueue(options.clients);
    this.#pauseMs = Math.max(options.thinkMs, engineLimits.failedClientPauseMs);
    this.#gapMs = options.ratePerSecondMax === undefined ? 0 : 1_000 / options.ratePerSecondMax;
  }

  /** When the next request is due, on the generator's clock; later than any time when no client waits for that. */
  get nextDueMs(): number {
    return Math.max(this.#freeMs, Math.min(this.#thinking.first, this.#pausing.first));
  }

  /** Whoever waits for an answer now has a request due in this time at the earliest, if the loop itself does not see to it. */
  get soonestMs(): number {
    if (this.#options.thinkMs > 0) return this.#options.thinkMs;
    return this.#gapMs > 0 ? 1 : this.#pauseMs;
  }

  /** Whether the ceiling, and not the target, decided the rate for a good part of the counted requests. */
  get isHeldBack(): boolean {
    return this.#held > this.#due * heldShareMin;
  }

  begin(startMs: number): void {
    const { clients, firstAfterMs } = this.#options;
    for (let client = 0; client < clients; client += 1)
      this.#thinking.push(startMs + firstAfterMs(client));
  }

  becomeDue(nowMs: number, queue: DueQueue): void {
    for (let dueMs = this.nextDueMs; dueMs <= nowMs; dueMs = this.nextDueMs) {
      // Whoever was ready first.
      const waiting = this.#thinking.first <= this.#pausing.first ? this.#thinking : this.#pausing;
      const readyMs = waiting.shift();
      if (this.#tally.counts(dueMs)) {
        this.#due += 1;
        if (dueMs > readyMs) this.#held += 1;
      }
      if (this.#gapMs > 0) this.#freeMs = Math.max(this.#freeMs, nowMs - burstMs) + this.#gapMs;
      this.#tally.of(dueMs).due += 1;
      queue.push(dueMs);
    }
  }

  settled(nowMs: number, fate: Fate): void {
    if (fate === "failed") this.#pausing.push(nowMs + this.#pauseMs);
    else this.#thinking.push(nowMs + this.#options.thinkMs);
  }
}
