// One socket of the HTTP/1.1 driver: writes requests that are ready, feeds what arrives to the parser, names what went wrong.
import type { Socket } from "node:net";
import type { RequestError } from "@tidemark/proto";
import { BodyMatch } from "../../requests/body-match.ts";
import type { Expectation } from "../../requests/expectation.ts";
import { tlsFault } from "../../tls.ts";
import type { Connection, ConnectionEvents } from "../driver.ts";
import type { HeadMemo } from "./head-memo.ts";
import { type Origin, openSocket } from "./origin.ts";
import type { Framed } from "./request.ts";
import { ResponseParser, progress } from "./response.ts";

/** What every connection of a run shares. */
export interface Shared {
  /** The next request; throws NothingToSend. */
  readonly next: () => Framed;
  readonly expectation: Expectation;
  /** Whether redirects are to be followed, and so to be read. */
  readonly locations: boolean;
  readonly readBuffer: Buffer;
  readonly memo: HeadMemo;
  readonly remark: (text: string) => void;
}

export class Http1Connection implements Connection {
  readonly #shared: Shared;
  readonly #events: ConnectionEvents;
  readonly #match: BodyMatch | undefined;
  readonly #parser: ResponseParser;
  readonly #socket: Socket;
  #phase: "connecting" | "handshake" | "open" = "connecting";
  #busy = false;
  #gone = false;

  constructor(shared: Shared, origin: Origin, events: ConnectionEvents) {
    const { memo, locations, expectation, readBuffer } = shared;
    this.#shared = shared;
    this.#events = events;
    this.#match = expectation.body === undefined ? undefined : new BodyMatch(expectation.body);
    this.#parser = new ResponseParser(false, { memo, locations, body: this.#match });
    this.#socket = openSocket(origin, {
      buffer: readBuffer,
      received: (length) => this.#received(readBuffer, length),
    });
    const isSecure = origin.tls !== undefined;
    if (isSecure) this.#socket.once("connect", () => void (this.#phase = "handshake"));
    this.#socket.once(isSecure ? "secureConnect" : "connect", () => this.#opened());
    this.#socket.once("end", () => this.#ended());
    this.#socket.once("error", (error) => this.#lose(this.#nameOf(error)));
    this.#socket.once("close", () => this.#lose("closed"));
  }

  /** Where the redirect that was read last leads; empty without one. */
  get location(): string {
    return this.#parser.location;
  }

  send(): number {
    return this.write(this.#shared.next());
  }

  /** Sends this very request. */
  write({ bytes, headOnly }: Framed): number {
    this.#busy = true;
    this.#parser.headOnly = headOnly;
    this.#match?.restart();
    this.#socket.write(bytes);
    return bytes.length;
  }

  close(): void {
    this.#gone = true;
    this.#socket.destroy();
  }

  #opened(): void {
    if (this.#gone) return;
    this.#phase = "open";
    this.#events.opened(1);
  }

  #received(bytes: Buffer, length: number): void {
    if (this.#gone) return;
    this.#events.received(length);
    if (!this.#busy) {
      // Nobody asked: the framing of this connection can no longer be trusted.
      this.#lose("malformed");
      return;
    }
    switch (this.#parser.feed(bytes, length)) {
      case progress.more:
        return;
      case progress.malformed:
        this.#lose("malformed");
        return;
      case progress.complete:
        this.#answer(this.#parser.reusable && this.#parser.consumed === length);
    }
  }

  #answer(reusable: boolean): void {
    const { status } = this.#parser;
    const isExpected = this.#shared.expectation.status(status) && this.#match?.found !== false;
    this.#busy = false;
    this.#events.answered(status, reusable, isExpected);
  }

  #ended(): void {
    // A handshake that its server ends is told as an error, which says more.
    if (this.#gone || this.#phase === "handshake") return;
    if (this.#busy && this.#parser.finish() === progress.complete) this.#answer(false);
    else this.#lose("closed");
  }

  #lose(error: RequestError): void {
    if (this.#gone) return;
    this.close();
    this.#events.lost(error);
  }

  #nameOf(error: NodeJS.ErrnoException): RequestError {
    const fault = tlsFault(error, this.#phase);
    if (fault !== undefined) {
      this.#shared.remark(fault);
      return "tls";
    }
    if (this.#phase === "connecting") return error.code === "ECONNREFUSED" ? "refused" : "connect";
    return error.code === "ECONNRESET" || error.code === "EPIPE" ? "reset" : "closed";
  }
}
