// Connections that can take a request, the longest idle first, so that every connection of the plan gets its turn.
// A connection that closed while it waited is skipped when its turn comes.
import type { Exchange } from "./exchange.ts";

export class IdleQueue {
  /** Its length is a power of two, up to four times the connections that were ever open at once. */
  #ring: (Exchange | undefined)[] = Array.from({ length: 64 });
  #head = 0;
  #length = 0;

  get isEmpty(): boolean {
    this.#skipClosed();
    return this.#length === 0;
  }

  push(exchange: Exchange): void {
    if (this.#length === this.#ring.length) this.#grow();
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

  #grow(): void {
    const ordered = [...this.#ring.slice(this.#head), ...this.#ring.slice(0, this.#head)];
    const open = ordered.filter((exchange) => exchange?.state !== "closed");
    this.#length = open.length;
    this.#head = 0;
    open.length = this.#ring.length * (open.length * 2 > this.#ring.length ? 2 : 1);
    this.#ring = open;
  }
}
