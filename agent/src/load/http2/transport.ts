// The socket under an HTTP/2 connection, in the clear or over TLS, and the names of what can go wrong with it.
import { type Socket, connect } from "node:net";
import { type ConnectionOptions, TLSSocket, connect as connectTls } from "node:tls";
import type { RequestError } from "@tidemark/proto";
import type { Endpoint } from "../drivers/driver.ts";
import { tlsFault } from "../tls.ts";

export interface TransportOptions {
  readonly endpoint: Endpoint;
  /** Undefined: in the clear, where both sides must know beforehand that they speak HTTP/2. */
  readonly tls: ConnectionOptions | undefined;
  /** onread hands the bytes over synchronously, so that one buffer serves every connection of the thread. */
  readonly readBuffer: Buffer;
  readonly remark: (text: string) => void;
  /** Told of the steps of a connection, by who looks at one closely. */
  readonly watch?: {
    connected(): void;
    secured(socket: TLSSocket): void;
  };
}

export interface TransportEvents {
  /** HTTP/2 can be spoken. */
  ready(): void;
  /** `length` bytes are in the read buffer. */
  received(length: number): void;
  /** Room for more again. */
  drained(): void;
  /** Said once, or twice with the same meaning. */
  failed(error: RequestError): void;
}

/** Opens a socket. Its events stop with its `destroy`. */
export function openTransport(options: TransportOptions, events: TransportEvents): Socket {
  const { endpoint, tls, readBuffer } = options;
  const socketOptions = {
    host: endpoint.address,
    port: endpoint.port,
    noDelay: true,
    onread: {
      buffer: readBuffer,
      callback: (length: number) => {
        events.received(length);
        return true;
      },
    },
  };
  const socket =
    tls === undefined ? connect(socketOptions) : connectTls({ ...tls, ...socketOptions });
  let phase: "connecting" | "handshake" | "open" = "connecting";
  socket.once("connect", () => {
    phase = tls === undefined ? "open" : "handshake";
    options.watch?.connected();
    if (tls === undefined) events.ready();
  });
  if (socket instanceof TLSSocket)
    socket.once("secureConnect", () => {
      phase = "open";
      options.watch?.secured(socket);
      if (socket.alpnProtocol === "h2") {
        events.ready();
        return;
      }
      options.remark("TLS failed: the server did not agree on HTTP/2 (ALPN h2)");
      events.failed("tls");
    });
  socket.on("drain", () => events.drained());
  socket.once("end", () => events.failed(phase === "handshake" ? "tls" : "closed"));
  socket.once("error", (error: NodeJS.ErrnoException) => {
    const fault = tls === undefined ? undefined : tlsFault(error, phase);
    if (fault !== undefined) {
      options.remark(fault);
      events.failed("tls");
    } else events.failed(nameOf(error, phase !== "connecting"));
  });
  socket.once("close", () => events.failed("closed"));
  return socket;
}

function nameOf({ code }: NodeJS.ErrnoException, isConnected: boolean): RequestError {
  if (isConnected) return code === "ECONNRESET" || code === "EPIPE" ? "reset" : "closed";
  return code === "ECONNREFUSED" ? "refused" : "connect";
}
