// The socket under an HTTP/2 connection, in the clear or over TLS, and the names of what can go wrong with it.
import { type Socket, connect } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { RequestError } from "@tidemark/proto";
import type { Endpoint } from "../drivers/driver.ts";

export interface TransportOptions {
  readonly endpoint: Endpoint;
  /** Undefined: in the clear, where both sides must know beforehand that they speak HTTP/2. */
  readonly tls: ConnectionOptions | undefined;
  /** onread hands the bytes over synchronously, so that one buffer serves every connection of the thread. */
  readonly readBuffer: Buffer;
  readonly remark: (text: string) => void;
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
  let isConnected = false;
  let isReady = false;
  socket.once("connect", () => {
    isConnected = true;
    if (tls !== undefined) return;
    isReady = true;
    events.ready();
  });
  if ("alpnProtocol" in socket)
    socket.once("secureConnect", () => {
      if (socket.alpnProtocol === "h2") {
        isReady = true;
        events.ready();
        return;
      }
      options.remark("the server did not agree on HTTP/2 (ALPN h2)");
      events.failed("tls");
    });
  socket.on("drain", () => events.drained());
  socket.once("end", () => events.failed(isReady || !isConnected ? "closed" : "tls"));
  socket.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL")
      options.remark("the server refused to speak HTTP/2 (ALPN h2)");
    events.failed(nameOf(error, isConnected, isReady));
  });
  socket.once("close", () => events.failed("closed"));
  return socket;
}

function nameOf(error: NodeJS.ErrnoException, isConnected: boolean, isReady: boolean): RequestError {
  if (isReady) return error.code === "ECONNRESET" || error.code === "EPIPE" ? "reset" : "closed";
  if (isConnected) return "tls";
  return error.code === "ECONNREFUSED" ? "refused" : "connect";
}
