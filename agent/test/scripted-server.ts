// A raw TCP server that answers each request with the bytes of a script, so that every trap of HTTP/1.1 framing can be set.
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { type TlsOptions, createServer as createTlsServer } from "node:tls";

/** What to do with the `index`-th request of the server (0, 1 …) on this socket. */
export type Answer = (socket: Socket, index: number) => void;

export interface ScriptedServer {
  readonly port: number;
  readonly requests: () => number;
  readonly connections: () => number;
  /** The requests as text, all together. */
  readonly received: () => string;
  stop(): Promise<void>;
}

/** Requests without a body are told apart by their empty line. `secure`: over TLS. */
export async function startScripted(
  answer: Answer,
  host = "127.0.0.1",
  secure?: TlsOptions,
): Promise<ScriptedServer> {
  let requests = 0;
  let connections = 0;
  let received = "";
  const sockets = new Set<Socket>();
  const served = (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      received += chunk.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        text = text.slice(end + 4);
        answer(socket, requests++);
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const server: Server =
    secure === undefined ? createServer(served) : createTlsServer(secure, served);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    connections: () => connections,
    received: () => received,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
