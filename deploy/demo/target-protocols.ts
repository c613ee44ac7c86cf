// What the demo's target speaks beside plain HTTP/1.1, as small as each can be: WebSocket and SSE on the same port, HTTP/2 in
// the clear with gRPC's health check, and echoes over TCP and UDP.
import { type Socket as DatagramSocket, createSocket } from "node:dgram";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type IncomingHttpHeaders,
  type Http2Server,
  type ServerHttp2Stream,
  createServer,
} from "node:http2";
import { type Server, createServer as createTcpServer } from "node:net";
import type { Duplex } from "node:stream";
import type { Reaction } from "./target-reactions.ts";
import { echoFrames, handshakeAnswer } from "./websocket-echo.ts";

/** A message that is longer closes its connection. */
const messageBytesMax = 1_048_576;
const [eventMsMin, eventMsMax] = [1, 60_000];
/** gRPC's frame around a HealthCheckResponse whose status is SERVING. */
const serving = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x01]);
const grpcUnimplemented = "12";

/** Answers a WebSocket's handshake, then every message with itself. */
export function echoMessages(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on("error", () => socket.destroy());
  const key = request.headers["sec-websocket-key"];
  if (request.headers.upgrade?.toLowerCase() !== "websocket" || key === undefined) {
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  socket.write(handshakeAnswer(key));
  let rest = Buffer.alloc(0);
  const take = (chunk: Buffer) => {
    const bytes = Buffer.concat([rest, chunk]);
    const { answer, taken, closed } = echoFrames(bytes, 0);
    socket.write(answer);
    rest = bytes.subarray(taken);
    if (closed) socket.end();
    else if (rest.length > messageBytesMax) socket.destroy();
  };
  take(head);
  socket.on("data", take);
}

/** Server-sent events: the first at once, then one every `every` ms, until the client leaves. */
export function sendEvents(target: string, response: ServerResponse): void {
  const asked = Number(new URL(target, "http://target").searchParams.get("every") ?? 100);
  const everyMs = Math.min(eventMsMax, Math.max(eventMsMin, asked || eventMsMin));
  let count = 0;
  const send = () => {
    count += 1;
    // A client that does not read misses events; it does not fill this process.
    if (!response.writableNeedDrain) response.write(`id: ${count}\ndata: tick ${count}\n\n`);
  };
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  send();
  const timer = setInterval(send, everyMs);
  response.once("close", () => clearInterval(timer));
}

/** HTTP/2 with prior knowledge: the same reactions as over HTTP/1.1, and grpc.health.v1.Health/Check. */
export function http2Server(react: (target: string) => Reaction): Http2Server {
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on("error", () => stream.destroy());
    stream.resume();
    const path = headers[":path"] ?? "/";
    if (headers["content-type"]?.startsWith("application/grpc") === true) answerCall(stream, path);
    else {
      const { status, delayMs, body } = react(path);
      const send = () => {
        if (stream.destroyed) return;
        stream.respond({ ":status": status, "content-type": "text/plain" });
        stream.end(headers[":method"] === "HEAD" ? undefined : body);
      };
      if (delayMs <= 0) send();
      else setTimeout(send, delayMs);
    }
  });
  return server;
}

function answerCall(stream: ServerHttp2Stream, path: string): void {
  const head = { ":status": 200, "content-type": "application/grpc" };
  if (path !== "/grpc.health.v1.Health/Check") {
    stream.respond({ ...head, "grpc-status": grpcUnimplemented }, { endStream: true });
    return;
  }
  stream.respond(head, { waitForTrailers: true });
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(serving);
}

export function tcpEcho(): Server {
  return createTcpServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
}

/** Resolves once it is bound; rejects when the port cannot be had. */
export async function udpEcho(host: string, port: number): Promise<DatagramSocket> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.bind(port, host);
  await once(socket, "listening");
  socket.on("message", (message, { address, port: from }) => {
    // What cannot be sent back is lost, as datagrams may be.
    socket.send(message, from, address, () => undefined);
  });
  return socket;
}
