// One socket of the HTTP/1.1 driver: writes the prebuilt request, feeds what arrives to the parser, names what went wrong.
import { connect, type Socket } from "node:net";
import type { RequestError } from "@tidemark/proto";
import type { Connection, ConnectionEvents, Endpoint } from "../driver.ts";
import type { HeadMemo } from "./head-memo.ts";
import { ResponseParser, progress } from "./response.ts";

/** What every connection of a run shares. */
export interface Shared {
  readonly endpoint: Endpoint;
  readonly request: Buffer;
  readonly headOnly: boolean;
  readonly readBuffer: Buffer;
  readonly memo: HeadMemo;
}

export class Http1Connection implements Connection {
  readonly #events: ConnectionEvents;
  readonly #request: Buffer;
  readonly #parser: ResponseParser;
  readonly #socket: Socket;
  #opened = false;
  #busy = false;
  #gone = false;

  constructor(shared: Shared, events: ConnectionEvents) {
    this.#events = events;
    this.#request = shared.request;
    this.#parser = new ResponseParser(shared.headOnly, shared.memo);
    this.#socket = connect({
      host: shared.endpoint.address,
      port: shared.endpoint.port,
      noDelay: true,
      onread: {
        buffer: shared.readBuffer,
        callback: (length) => {
          this.#received(shared.readBuffer, length);
          return true;
        },
      },
    });
    this.#socket.once("connect", () => {
      if (this.#gone) return;
      this.#opened = true;
      this.#events.opened(1);
    });
    this.#socket.once("end", () => this.#ended());
    this.#socket.once("error", (error: NodeJS.ErrnoException) => this.#lose(this.#nameOf(error)));
    this.#socket.once("close", () => this.#lose("closed"));
  }

  send(): number {
    this.#busy = true;
    this.#socket.write(this.#request);
    return this.#request.length;
  }

  close(): void {
    this.#gone = true;
    this.#socket.destroy();
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
        this.#busy = false;
        this.#events.answered(
          this.#parser.status,
          this.#parser.reusable && this.#parser.consumed === length,
          this.#parser.status < 400,
        );
    }
  }

  #ended(): void {
    if (this.#gone) return;
    if (this.#busy && this.#parser.finish() === progress.complete) {
      this.#busy = false;
      this.#events.answered(this.#parser.status, false, this.#parser.status < 400);
      return;
    }
    this.#lose("closed");
  }

  #lose(error: RequestError): void {
    if (this.#gone) return;
    this.close();
    this.#events.lost(error);
  }

  #nameOf(error: NodeJS.ErrnoException): RequestError {
    if (!this.#opened) return error.code === "ECONNREFUSED" ? "refused" : "connect";
    return error.code === "ECONNRESET" || error.code === "EPIPE" ? "reset" : "closed";
  }
}
