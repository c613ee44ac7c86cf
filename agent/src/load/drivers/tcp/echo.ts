// The same bytes come back. Others in their place are an unexpected answer, after which nobody knows where the next begins.
import { Stream, type StreamTarget } from "../../streams/stream.ts";
import type { Connection, ConnectionEvents } from "../driver.ts";

export class EchoConnection implements Connection {
  readonly #stream: Stream;
  readonly #payload: Buffer;
  readonly #isExpected: boolean;
  readonly #events: ConnectionEvents;
  #busy = false;
  /** Bytes of the payload that came back so far. */
  #matched = 0;

  /** `isExpected`: whether the payload itself holds what the plan expects of an answer. */
  constructor(
    target: StreamTarget,
    payload: Buffer,
    isExpected: boolean,
    events: ConnectionEvents,
  ) {
    this.#payload = payload;
    this.#isExpected = isExpected;
    this.#events = events;
    this.#stream = new Stream(target, {
      ready: () => events.opened(1),
      read: (bytes, length) => this.#read(bytes, length),
      ended: () => this.#lose("closed"),
      lost: (error) => events.lost(error),
    });
  }

  send(): number {
    this.#busy = true;
    this.#matched = 0;
    this.#stream.write(this.#payload);
    return this.#payload.length;
  }

  close(): void {
    this.#stream.close();
  }

  #read(bytes: Buffer, length: number): void {
    this.#events.received(length);
    if (!this.#busy) {
      this.#lose("malformed");
      return;
    }
    const payload = this.#payload;
    const matched = this.#matched;
    const taken = Math.min(length, payload.length - matched);
    const isSame = bytes.compare(payload, matched, matched + taken, 0, taken) === 0;
    this.#matched += taken;
    if (isSame && this.#matched < payload.length) return;
    this.#busy = false;
    // More than was sent can be nobody's echo.
    this.#events.answered(0, isSame && taken === length, isSame && this.#isExpected);
  }

  #lose(error: "closed" | "malformed"): void {
    this.#stream.close();
    this.#events.lost(error);
  }
}
