// Who decides when requests become due: a schedule, or clients that wait for their answers.
import type { DueQueue } from "./due-queue.ts";

export interface Arrivals {
  /** Their time begins at `startMs` on the generator's clock, which may lie ahead. Once. */
  begin(startMs: number): void;
  /** Puts what became due by `nowMs` into `queue`, and counts it. */
  becomeDue(nowMs: number, queue: DueQueue): void;
  /** A request has met its fate. */
  settled(nowMs: number, fate: Fate): void;
}

/** `failed`: lost or refused, which may have taken no time at all, unlike the two others. */
export type Fate = "answered" | "timed-out" | "failed";

/** `warmup` for `warmupMs`, then `run`; what then still waits of the warm-up is forgotten. */
export class WarmedUp implements Arrivals {
  readonly #warmup: Arrivals;
  readonly #run: Arrivals;
  readonly #warmupMs: number;
  #runFromMs = Number.POSITIVE_INFINITY;
  #current: Arrivals;

  constructor(warmup: Arrivals, warmupMs: number, run: Arrivals) {
    this.#warmup = warmup;
    this.#warmupMs = warmupMs;
    this.#run = run;
    this.#current = warmup;
  }

  begin(startMs: number): void {
    this.#runFromMs = startMs + this.#warmupMs;
    this.#warmup.begin(startMs);
    this.#run.begin(this.#runFromMs);
  }

  becomeDue(nowMs: number, queue: DueQueue): void {
    if (this.#current !== this.#run && nowMs >= this.#runFromMs) {
      queue.clear();
      this.#current = this.#run;
    }
    this.#current.becomeDue(nowMs, queue);
  }

  settled(nowMs: number, fate: Fate): void {
    this.#current.settled(nowMs, fate);
  }
}
