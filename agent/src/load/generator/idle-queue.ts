// Connections that can take a request, the longest idle first, so that every connection of the plan gets its turn.
// A connection that closed while it waited is skipped when its turn comes.
import type { Exchange } from "./exchange.ts";

export class IdleQueue {
  readonly #ring: (Exchange | undefined)[];
  #head = 0;
  #length = 0;

  /** `bound`: how many connections the plan allows. */
  constructor(bound: number) {
    this.#ring = Array.from({ length: 2 ** Math.ceil(Math.log2(bound + 1)) });
  }

  get isEmpty(): boolean {
    this.#skipClosed();
    return this.#length === 0;
  }

  push(exchange: Exchange): void {
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = exchange;
    this.#length += 1;
  }

  shift(): Exchange | undefined {
    this.#skipClosed();
    if (this.#length === 0) return undefined;
    const exchange = this.#ring[this.#head];
    this.#drop();
    return exchange;
  }

  #skipClosed(): void {
    while (this.#length > 0 && this.#ring[this.#head]?.state === "closed") this.#drop();
  }

  #drop(): void {
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length -= 1;
  }
}
