import { request as httpRequest, type IncomingMessage } from "node:http";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, expect, test } from "vitest";
import type { Caller } from "./credentials.ts";
import {
  type EventStream,
  type EventStreams,
  type EventStreamsOptions,
  openEventStreams,
} from "./event-streams.ts";
import { answerError } from "./problems.ts";

const caller: Caller = {
  user: "ann",
  role: "viewer",
  credential: { kind: "token", secret: "secret" },
};

interface Server {
  readonly app: FastifyInstance;
  readonly streams: EventStreams;
  readonly open: EventStream[];
  readonly ended: () => number;
  readonly dropped: () => number;
  readonly connect: () => Promise<IncomingMessage>;
}

let server: Server | undefined;
afterEach(async () => {
  server?.streams.stop();
  await server?.app.close();
  server = undefined;
});

async function serve(
  change: Partial<EventStreamsOptions> = {},
  begin: (stream: EventStream) => void = () => undefined,
): Promise<Server> {
  const open: EventStream[] = [];
  let ended = 0;
  let dropped = 0;
  const streams = openEventStreams({
    streamsMax: 2,
    unreadBytesMax: 100_000,
    heartbeatMs: 60_000,
    stillValid: async () => true,
    opened: () => undefined,
    dropped: () => {
      dropped += 1;
    },
    ...change,
  });
  const app = fastify();
  app.setErrorHandler(answerError);
  app.decorateRequest("caller", undefined);
  app.get("/", (request, reply) => {
    request.caller = caller;
    reply.header("x-content-type-options", "nosniff");
    streams.open(request, reply, (stream) => {
      open.push(stream);
      begin(stream);
      return () => {
        ended += 1;
      };
    });
  });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  server = {
    app,
    streams,
    open,
    ended: () => ended,
    dropped: () => dropped,
    connect: () =>
      new Promise((resolve, reject) => {
        httpRequest(url, { agent: false }, resolve).on("error", reject).end();
      }),
  };
  return server;
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return text;
}

test("sends events as they come and ends when the watcher says so", async () => {
  const { connect, open, ended } = await serve();
  const response = await connect();
  expect(response.headers).toMatchObject({
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  open[0]!.send("samples", '{"a":1}');
  open[0]!.send("agents", "{}");
  open[0]!.close();
  expect(await textOf(response)).toBe(
    'retry: 2000\n\nevent: samples\ndata: {"a":1}\n\nevent: agents\ndata: {}\n\n',
  );
  expect(ended()).toBe(1);
});

test("a stream may end as it begins, and its watch ends too", async () => {
  const { connect, ended } = await serve({}, (stream) => {
    stream.send("run", "{}");
    stream.close();
  });
  expect(await textOf(await connect())).toBe("retry: 2000\n\nevent: run\ndata: {}\n\n");
  expect(ended()).toBe(1);
});

test("refuses one stream too many, and takes one again after another ended", async () => {
  const { connect, open, ended } = await serve();
  await connect();
  const second = await connect();
  const refused = await connect();
  expect(refused.statusCode).toBe(429);
  expect(refused.headers["retry-after"]).toBe("15");
  expect(JSON.parse(await textOf(refused))).toMatchObject({ code: "too-many-requests" });
  second.destroy();
  await expect.poll(ended).toBe(1);
  expect((await connect()).statusCode).toBe(200);
  expect(open).toHaveLength(3);
});

test("cuts and counts a client that does not read", async () => {
  const { connect, open, ended, dropped } = await serve();
  const response = await connect();
  response.pause();
  const line = JSON.stringify("x".repeat(50_000));
  // The kernel's buffers take some megabytes before anything is left unread in the process.
  for (let sent = 0; sent < 1_000 && ended() === 0; sent += 1) {
    open[0]!.send("samples", line);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(ended()).toBe(1);
  expect(dropped()).toBe(1);
  open[0]!.send("samples", line);
});

test("ends the streams whose credential no longer counts", async () => {
  let valid = true;
  const { connect, streams, ended } = await serve({ stillValid: async () => valid });
  const response = await connect();
  await streams.recheck();
  expect(ended()).toBe(0);
  valid = false;
  await streams.recheck();
  expect(await textOf(response)).toBe("retry: 2000\n\n");
  expect(ended()).toBe(1);
});

test("says every while that it is alive, and asks for the credential again", async () => {
  let asked = 0;
  const { connect, ended } = await serve({
    heartbeatMs: 5,
    stillValid: async () => {
      asked += 1;
      return asked < 3;
    },
  });
  const text = await textOf(await connect());
  expect(text).toContain(": beat\n\n");
  expect(ended()).toBe(1);
});

test("keeps a stream when the credential cannot be asked for", async () => {
  const { connect, streams, ended } = await serve({
    stillValid: async () => {
      throw new Error("the broker is away");
    },
  });
  await connect();
  await streams.recheck();
  expect(ended()).toBe(0);
});

test("ends every stream when the server stops", async () => {
  const { connect, streams, ended } = await serve();
  const responses = [await connect(), await connect()];
  streams.stop();
  await Promise.all(responses.map(textOf));
  expect(ended()).toBe(2);
});
