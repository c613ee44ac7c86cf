// One connection of the loop and the request it carries.
import type { RequestError } from "@tidemark/proto";
import type { Connection, ConnectionEvents, Dial } from "../drivers/driver.ts";

/** What the loop does when something happens on one of its connections. */
export interface ExchangeEvents {
  opened(exchange: Exchange, connects: number): void;
  received(exchange: Exchange, bytes: number): void;
  answered(exchange: Exchange, status: number, reusable: boolean, expected: boolean): void;
  lost(exchange: Exchange, error: RequestError): void;
}

export type ExchangeState = "connecting" | "idle" | "busy" | "closed";

export class Exchange implements ConnectionEvents {
  state: ExchangeState = "connecting";
  /** When the request under way, or the last one, was due and was written; ms on the generator's clock. */
  intendedMs: number;
  writtenMs = 0;
  /** Since when the connection has been in its state: connecting, or able to take the next request. */
  sinceMs: number;
  readonly connection: Connection;
  readonly #events: ExchangeEvents;

  constructor(dial: Dial, events: ExchangeEvents, nowMs: number) {
    this.#events = events;
    this.intendedMs = nowMs;
    this.sinceMs = nowMs;
    this.connection = dial(this);
  }

  opened(connects: number): void {
    this.#events.opened(this, connects);
  }

  received(bytes: number): void {
    this.#events.received(this, bytes);
  }

  answered(status: number, reusable: boolean, expected: boolean): void {
    this.#events.answered(this, status, reusable, expected);
  }

  lost(error: RequestError): void {
    this.#events.lost(this, error);
  }
}
