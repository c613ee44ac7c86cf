import { once } from "node:events";
import { type AddressInfo, type Socket, createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Stream, type StreamEvents, readBufferOf } from "./stream.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function listen(accept: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    stops.push(() => socket.destroy());
    socket.on("error", () => undefined);
    accept(socket);
  });
  server.listen(0, "127.0.0.1");
  stops.push(() => server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function open(port: number, told: string[], ready: (stream: Stream) => void): Stream {
  const events: StreamEvents = {
    ready() {
      told.push("ready");
      ready(stream);
    },
    read: (bytes, length) => void told.push(bytes.toString("latin1", 0, length)),
    ended: () => void told.push("ended"),
    lost: (error) => void told.push(error),
  };
  const stream = new Stream(
    {
      endpoint: { address: "127.0.0.1", port },
      tls: undefined,
      readBuffer: readBufferOf(),
      remark: () => undefined,
      tap: undefined,
    },
    events,
  );
  return stream;
}

/** Sockets of this process that are not closed. */
const sockets = () =>
  process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap").length;

test("sends what was written before it closes, and tells nothing after", async () => {
  let received = "";
  const ended = Promise.withResolvers<undefined>();
  const port = await listen((socket) => {
    socket.write("too late");
    socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
    socket.on("end", () => ended.resolve(undefined));
  });
  const told: string[] = [];
  open(port, told, (stream) => {
    stream.write(Buffer.from("bye"));
    stream.close();
  });
  await ended.promise;
  expect(received).toBe("bye");
  expect(told).toEqual(["ready"]);
});

test("gives a peer up that reads nothing, and what it did not take", async () => {
  const size = 32_000_000;
  const peer = Promise.withResolvers<Socket>();
  const port = await listen((socket) => peer.resolve(socket.pause()));
  const told: string[] = [];
  const closing = Promise.withResolvers<number>();
  open(port, told, (stream) => {
    stream.write(Buffer.alloc(size));
    stream.close();
    closing.resolve(sockets());
  });
  const during = await closing.promise;
  await expect.poll(sockets).toBeLessThan(during);
  expect(told).toEqual(["ready"]);
  let received = 0;
  const socket = await peer.promise;
  socket.on("data", (chunk) => (received += chunk.length)).resume();
  await once(socket, "close");
  expect(received).toBeLessThan(size);
});

test("closed while it connects, it is never ready", async () => {
  const port = await listen(() => undefined);
  const told: string[] = [];
  const before = sockets();
  open(port, told, () => undefined).close();
  await expect.poll(sockets).toBeLessThanOrEqual(before);
  expect(told).toEqual([]);
});
