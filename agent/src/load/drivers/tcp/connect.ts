// A request is a new connection, answered when TCP's handshake is done and closed at once by a reset: with an ordinary end
// each would hold one of this host's ports in TIME_WAIT for a minute, and 28,000 of them are all there are.
import { Stream, type StreamTarget } from "../../streams/stream.ts";
import type { Connection, ConnectionEvents } from "../driver.ts";

export class ConnectConnection implements Connection {
  readonly #target: StreamTarget;
  readonly #events: ConnectionEvents;
  #stream: Stream | undefined;
  #gone = false;

  constructor(target: StreamTarget, events: ConnectionEvents) {
    this.#target = target;
    this.#events = events;
    // Not from within the dial. What is open so far is a place for connections, not yet one of them.
    queueMicrotask(() => {
      if (!this.#gone) events.opened(0);
    });
  }

  send(): number {
    const stream = new Stream(this.#target, {
      ready: () => {
        stream.reset();
        this.#stream = undefined;
        this.#events.opened(1);
        this.#events.answered(0, true, true);
      },
      read: () => undefined,
      ended: () => undefined,
      lost: (error) => {
        this.#gone = true;
        this.#events.lost(error);
      },
    });
    this.#stream = stream;
    return 0;
  }

  close(): void {
    this.#gone = true;
    this.#stream?.reset();
  }
}
