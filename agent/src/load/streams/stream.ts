// A TCP connection, over TLS where the target wants it, as the drivers of byte streams use it: reads land in one buffer that all
// connections of a generator share, and what goes wrong has one of proto's names.
import { type Socket, connect } from "node:net";
import { type ConnectionOptions, TLSSocket, connect as connectTls } from "node:tls";
import type { RequestError } from "@tidemark/proto";
import type { DriverContext, Endpoint } from "../drivers/driver.ts";
import { engineLimits } from "../limits.ts";
import { tlsFault } from "../tls.ts";

/** What the connections of a run share. */
export interface StreamTarget {
  readonly endpoint: Endpoint;
  readonly tls: ConnectionOptions | undefined;
  readonly readBuffer: Buffer;
  readonly remark: DriverContext["remark"];
  /** Looks on while one exchange is tried. */
  readonly tap: Tap | undefined;
}

/** What a bystander learns of a connection. */
export interface Tap {
  connected(): void;
  secured(socket: TLSSocket): void;
  read(bytes: Buffer, length: number): void;
}

export interface StreamEvents {
  /** Connected, and over TLS agreed on. */
  ready(): void;
  /** `bytes[0 … length)`; they hold until the call returns. */
  read(bytes: Buffer, length: number): void;
  /** The peer will send no more. */
  ended(): void;
  /** It is gone; said once, and not after `close` or `reset`. */
  lost(error: RequestError): void;
}

type Phase = Parameters<typeof tlsFault>[1];

export class Stream {
  readonly #socket: Socket;
  readonly #events: StreamEvents;
  readonly #remark: (text: string) => void;
  #phase: Phase = "connecting";
  #gone = false;

  constructor(target: StreamTarget, events: StreamEvents) {
    this.#events = events;
    this.#remark = target.remark;
    const { endpoint, readBuffer, tls, tap } = target;
    const read = (length: number) => {
      if (!this.#gone) events.read(readBuffer, length);
      return true;
    };
    const options = {
      host: endpoint.address,
      port: endpoint.port,
      onread: {
        buffer: readBuffer,
        callback:
          tap === undefined
            ? read
            : (length: number) => {
                tap.read(readBuffer, length);
                return read(length);
              },
      },
    };
    const socket = tls === undefined ? connect(options) : connectTls({ ...tls, ...options });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.once("connect", () => {
      tap?.connected();
      this.#phase = "handshake";
      if (tls === undefined) this.#become(tap);
    });
    if (tls !== undefined) socket.once("secureConnect", () => this.#become(tap));
    socket.once("end", () => {
      if (!this.#gone) events.ended();
    });
    // Errors may follow one another, and each must find a listener.
    socket.on("error", (error: NodeJS.ErrnoException) => this.#lose(this.#nameOf(error)));
    socket.once("close", () => this.#lose("closed"));
  }

  /** Bytes that the peer or the kernel has yet to take. */
  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Sends what was written, and the end. */
  close(): void {
    this.#gone = true;
    this.#socket.destroySoon();
  }

  /** Ends it at once; over TCP in the clear by a reset, which leaves neither side in TIME_WAIT. */
  reset(): void {
    this.#gone = true;
    this.#socket.resetAndDestroy();
  }

  #become(tap: Tap | undefined): void {
    this.#phase = "open";
    if (this.#socket instanceof TLSSocket) tap?.secured(this.#socket);
    if (!this.#gone) this.#events.ready();
  }

  #lose(error: RequestError): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket.destroy();
    this.#events.lost(error);
  }

  #nameOf(error: NodeJS.ErrnoException): RequestError {
    if (this.#phase === "connecting") return error.code === "ECONNREFUSED" ? "refused" : "connect";
    const fault = tlsFault(error, this.#phase);
    if (fault !== undefined) {
      this.#remark(fault);
      return "tls";
    }
    return error.code === "ECONNRESET" || error.code === "EPIPE" ? "reset" : "closed";
  }
}

/** onread hands the bytes over synchronously, so that one buffer serves every connection of the thread. */
export function readBufferOf(): Buffer {
  return Buffer.allocUnsafeSlow(engineLimits.readBufferBytes);
}
