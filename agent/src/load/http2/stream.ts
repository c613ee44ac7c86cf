// One place of an HTTP/2 connection in which one request at a time is under way: a `Connection` to the loop.
import type { Connection, ConnectionEvents } from "../drivers/driver.ts";
import type { HeaderBlock } from "./header-block.ts";
import type { Field } from "./header-table.ts";

/** One request, framed: pseudo-fields first, names in lower case. */
export interface StreamRequest {
  readonly fields: readonly Field[];
  readonly body: Buffer;
  /** Whether this very object comes again: what is made from it may be kept. */
  readonly isConstant: boolean;
}

/** What the responses of one stream mean to a driver; made for one stream, told of its responses one after the other. */
export interface ResponseReader {
  /** The head of a new response to `request`, its interim ones left out. */
  head(block: HeaderBlock, request: StreamRequest | undefined): void;
  data(bytes: Uint8Array, from: number, end: number): void;
  /** Trailers, where there are any. */
  trailers(block: HeaderBlock): void;
  /** The response is whole. False: it is none of this protocol, and `status` and `isExpected` say nothing. */
  finish(): boolean;
  readonly status: number;
  readonly isExpected: boolean;
}

/** What a stream asks of the connection it belongs to. */
export interface StreamCarrier {
  begin(stream: Stream): number;
  leave(stream: Stream): void;
}

/** opening: the connection is not there yet. waiting: the peer takes no more streams at present. */
export type StreamState = "opening" | "idle" | "waiting" | "active" | "closed";

export class Stream implements Connection {
  state: StreamState = "opening";
  /** Its id on the connection while it is active. */
  id = 0;
  request: StreamRequest | undefined;
  /** How much of the body was sent, and how much more the peer takes. */
  bodySent = 0;
  sendWindow = 0;
  /** Received, and not given back to the peer's window yet. */
  unacknowledged = 0;
  hasHead = false;
  /** How often something had been received on the connection when the request was written. */
  readsBefore = 0;
  readonly events: ConnectionEvents;
  readonly reader: ResponseReader;
  readonly #next: () => StreamRequest;
  readonly #carrier: StreamCarrier;

  constructor(
    carrier: StreamCarrier,
    next: () => StreamRequest,
    reader: ResponseReader,
    events: ConnectionEvents,
  ) {
    this.#carrier = carrier;
    this.#next = next;
    this.reader = reader;
    this.events = events;
  }

  send(): number {
    this.request = this.#next();
    return this.#carrier.begin(this);
  }

  /** A header block came. False when it cannot stand where it stands. */
  take(block: HeaderBlock, endsStream: boolean): boolean {
    if (this.hasHead) {
      if (block.status !== 0 || !endsStream) return false;
      this.reader.trailers(block);
      return true;
    }
    if (block.status < 100) return false;
    // Interim responses precede the real one; there is no 101 in HTTP/2 (RFC 9113 8.6).
    if (block.status < 200) return block.status !== 101 && !endsStream;
    this.hasHead = true;
    this.reader.head(block, this.request);
    return true;
  }

  close(): void {
    if (this.state !== "closed") this.#carrier.leave(this);
  }
}
