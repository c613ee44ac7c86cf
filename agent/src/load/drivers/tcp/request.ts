// What was sent is answered when the expected text has come, or by the first bytes where the plan expects none. Bytes that come
// while nobody waits are the rest of an answer.
import type { BodyMatch } from "../../requests/body-match.ts";
import { Stream, type StreamTarget } from "../../streams/stream.ts";
import type { Connection, ConnectionEvents } from "../driver.ts";

export class RequestConnection implements Connection {
  readonly #stream: Stream;
  readonly #payload: Buffer;
  readonly #match: BodyMatch;
  readonly #events: ConnectionEvents;
  #busy = false;

  /** `match`: of this connection alone; of an empty text when any bytes answer. */
  constructor(target: StreamTarget, payload: Buffer, match: BodyMatch, events: ConnectionEvents) {
    this.#payload = payload;
    this.#match = match;
    this.#events = events;
    this.#stream = new Stream(target, {
      ready: () => events.opened(1),
      read: (bytes, length) => this.#read(bytes, length),
      ended: () => {
        this.#stream.close();
        events.lost("closed");
      },
      lost: (error) => events.lost(error),
    });
  }

  send(): number {
    this.#busy = true;
    this.#match.restart();
    this.#stream.write(this.#payload);
    return this.#payload.length;
  }

  close(): void {
    this.#stream.close();
  }

  #read(bytes: Buffer, length: number): void {
    this.#events.received(length);
    if (!this.#busy) return;
    this.#match.feed(bytes, 0, length);
    if (!this.#match.found) return;
    this.#busy = false;
    this.#events.answered(0, true, true);
  }
}
