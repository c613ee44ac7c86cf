// The demo's target as a whole: one port for HTTP/1.1, WebSocket and SSE, one for HTTP/2 and gRPC, one for the echoes.
import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { Server, Socket } from "node:net";
import { echoMessages, http2Server, sendEvents, tcpEcho, udpEcho } from "./target-protocols.ts";
import { type Reaction, reactTo, seeded } from "./target-reactions.ts";

/** Where each protocol is spoken, as a load test names it. */
export interface TargetAddresses {
  /** HTTP/1.1. */
  readonly url: string;
  /** HTTP/2 in the clear, with prior knowledge. */
  readonly http2: string;
  /** Knows the health check alone. */
  readonly grpc: string;
  readonly websocket: string;
  readonly sse: string;
  readonly tcp: string;
  readonly udp: string;
}

export interface Target {
  readonly addresses: TargetAddresses;
  /** Lets go of every port and every connection. */
  close(): void;
}

interface TargetOptions {
  /** Of HTTP/1.1; 0 for any. The others take the next ones where these are free. */
  readonly port: number;
  readonly host: string;
  readonly seed: number;
}

/** Rejects when the port cannot be had. */
export async function openTarget({ port, host, seed }: TargetOptions): Promise<Target> {
  const startedMs = performance.now();
  const random = seeded(seed);
  const react = (target: string) => reactTo(target, performance.now() - startedMs, random);
  const http = createServer((request, response) => {
    const target = request.url ?? "/";
    if (/^\/events(\?|$)/.test(target)) sendEvents(target, response);
    else answer(request, response, react(target));
  });
  http.on("upgrade", echoMessages);
  // Idle connections stay longer than a load test pauses between requests.
  http.keepAliveTimeout = 120_000;
  const http2 = http2Server(react);
  const tcp = tcpEcho();
  const servers = [http, http2, tcp];
  const sockets = new Set<Socket>();
  for (const server of servers)
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
  const httpPort = await listening(http, port, host);
  const http2Port = await nearby(httpPort + 1, (wanted) => listening(http2, wanted, host));
  const tcpPort = await nearby(httpPort + 2, (wanted) => listening(tcp, wanted, host));
  const udp = await nearby(tcpPort, (wanted) => udpEcho(host, wanted));
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    addresses: {
      url: `http://${name}:${httpPort}/`,
      http2: `http://${name}:${http2Port}/`,
      grpc: `grpc://${name}:${http2Port}`,
      websocket: `ws://${name}:${httpPort}/`,
      sse: `http://${name}:${httpPort}/events?every=100`,
      tcp: `tcp://${name}:${tcpPort}`,
      udp: `udp://${name}:${udp.address().port}`,
    },
    close() {
      udp.close();
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listening(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it has no port");
  return address.port;
}

/** What `open` makes of the port, or of any other where that is taken or there is none such. */
async function nearby<T>(port: number, open: (port: number) => Promise<T>): Promise<T> {
  try {
    return await open(port <= 65_535 ? port : 0);
  } catch {
    return open(0);
  }
}

function answer(request: IncomingMessage, response: ServerResponse, reaction: Reaction): void {
  // A body is read to its end, or the next request of the connection would wait behind it.
  request.resume();
  const send = () => {
    if (response.destroyed) return;
    response.writeHead(reaction.status, {
      "content-type": "text/plain",
      "content-length": reaction.body.length,
    });
    response.end(request.method === "HEAD" ? undefined : reaction.body);
  };
  if (reaction.delayMs <= 0) send();
  else setTimeout(send, reaction.delayMs);
}
