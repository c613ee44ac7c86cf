// Servers that do what a test says with every connection or datagram, and nothing else.
import { type RemoteInfo, type Socket as UdpSocket, createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { type TlsOptions, createServer as createTlsServer } from "node:tls";

export interface RawServer {
  readonly port: number;
  /** Connections so far. */
  readonly connections: () => number;
  stop(): Promise<void>;
}

export interface RawOptions {
  readonly host?: string;
  /** Speaks TLS with these. */
  readonly tls?: TlsOptions;
}

/** `serve` gets each connection and its number, 0, 1 … */
export async function startRaw(
  serve: (socket: Socket, number: number) => void,
  { host = "127.0.0.1", tls }: RawOptions = {},
): Promise<RawServer> {
  let connections = 0;
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    serve(socket, connections++);
  };
  const server: Server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
  server.listen(0, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `serve` gets each datagram and its number, 0, 1 … */
export async function startDatagrams(
  serve: (socket: UdpSocket, datagram: Buffer, from: RemoteInfo, number: number) => void,
  type: "udp4" | "udp6" = "udp4",
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  let datagrams = 0;
  const socket = createSocket(type);
  socket.on("message", (datagram, from) => serve(socket, datagram, from, datagrams++));
  socket.bind(0, type === "udp4" ? "127.0.0.1" : "::1");
  await once(socket, "listening");
  return {
    port: socket.address().port,
    stop: async () => await new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** Servers of one test file; stop them after each test. */
export function serverPool() {
  const started: { stop(): Promise<void> }[] = [];
  return {
    add<T extends { stop(): Promise<void> }>(server: T): T {
      started.push(server);
      return server;
    },
    async stop() {
      await Promise.all(started.splice(0).map(async (server) => await server.stop()));
    },
  };
}
