import { type LoadPlan, type RequestError, emptyCounts } from "@tidemark/proto";
import { afterEach, describe, expect, test } from "vitest";
import { websocket } from "../src/load/drivers/websocket/websocket.ts";
import { assignmentOf, generateRun, planFor } from "./generated.ts";
import { expectConsistent } from "./support/consistent.ts";
import { serverPool } from "./support/raw-server.ts";
import { tryPlan } from "./support/tried.ts";
import {
  type Peer,
  type WebSocketServer,
  type WebSocketServerOptions,
  accepting,
  frameOf,
  startWebSocketServer,
} from "./support/websocket-server.ts";

const servers = serverPool();
afterEach(async () => await servers.stop());

async function serve(options?: WebSocketServerOptions): Promise<WebSocketServer> {
  return servers.add(await startWebSocketServer(options));
}

function wsPlan(
  port: number,
  change: Partial<LoadPlan> & { rate?: number } = {},
  exchange: NonNullable<LoadPlan["websocket"]>["exchange"] = "echo",
): LoadPlan {
  return planFor(port, {
    driver: "websocket",
    target: `ws://127.0.0.1:${port}/chat?x=1`,
    body: exchange === "ping" ? "" : "hello {{id}}",
    websocket: { exchange },
    rate: 50,
    durationMs: 500,
    ...change,
  });
}

const opcodeClose = 0x8;
const opcodePong = 0xa;

test("the tests' server is one that Node's own client agrees with", async () => {
  // It wants nothing but Upgrade there.
  const server = await serve({
    answer: (head, accept) => accepting(head, accept).replace("keep-alive, ", ""),
  });
  const client = new WebSocket(`ws://127.0.0.1:${server.port}/`);
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  client.onopen = () => client.send("grüße");
  client.onmessage = (event) => resolve(event.data);
  client.onerror = () => reject(new Error("no WebSocket"));
  // The server hands its payloads over as Latin-1, byte for byte.
  expect(await promise).toBe("grüße");
  client.close();
  expect(server.faults).toEqual([]);
});

const answered: readonly [
  string,
  WebSocketServerOptions["message"] & {},
  Partial<LoadPlan>,
  NonNullable<LoadPlan["websocket"]>["exchange"],
  { unexpected?: boolean },
][] = [
  ["an echo", (peer, text) => peer.send(text), {}, "echo", {}],
  [
    "an echo of a message that never changes",
    (peer, text) => peer.send(text),
    { body: "same" },
    "echo",
    {},
  ],
  ["an echo of an empty message", (peer, text) => peer.send(text), { body: "" }, "echo", {}],
  [
    "an echo of a message that no read holds",
    (peer, text) => peer.send(text),
    { body: "x".repeat(200_000), expect: { body: "xxx" } },
    "echo",
    {},
  ],
  ["any binary message", (peer) => peer.send("\u0000", 0x82), {}, "echo", {}],
  [
    "a message in fragments with a ping between them",
    (peer, text) => {
      peer.send(text.slice(0, 3), 0x01);
      peer.send("there?", 0x89);
      peer.send("", 0x00);
      peer.send(text.slice(3), 0x80);
    },
    {},
    "request",
    {},
  ],
  [
    "a message in single bytes",
    (peer, text) => {
      for (const byte of frameOf(text)) peer.socket.write(Buffer.of(byte));
    },
    {},
    "request",
    {},
  ],
  [
    "the message of the request, though others come before it",
    (peer, text) => {
      peer.send("news");
      peer.send(`${text.slice(0, -1)}!`);
      peer.send(`{"answers":"${text}"}`);
    },
    {},
    "request",
    {},
  ],
  ["a pong", (peer) => peer.send("unasked", 0x8a), {}, "ping", {}],
  [
    "a message without what is expected",
    (peer) => peer.send("no"),
    { expect: { body: "yes" } },
    "echo",
    { unexpected: true },
  ],
  [
    "the request's message without what is expected",
    (peer, text) => peer.send(text),
    { expect: { body: "yes" } },
    "request",
    { unexpected: true },
  ],
  ["a broadcast to one", (peer, text) => peer.send(text), {}, "broadcast", {}],
];

test.each(answered)(
  "counts as an answer: %s",
  async (_, message, change, exchange, { unexpected }) => {
    const server = await serve({ message });
    const run = await generateRun(wsPlan(server.port, { connections: 1, ...change }, exchange));
    const { counts } = run.final;
    expect(counts.completed, JSON.stringify(run.final)).toBeGreaterThan(0);
    expect(counts.statuses).toEqual({ 0: counts.completed });
    expect(counts.unexpected).toBe(unexpected === true ? counts.completed : 0);
    expect(counts.errors).toEqual(emptyCounts().errors);
    expect(counts.connects).toBe(1);
    expect(server.faults).toEqual([]);
    expectConsistent(run);
  },
);

test("answers pings between messages, and closes with a close frame", async () => {
  const server = await serve({
    message(peer, text) {
      peer.send("there?", 0x89);
      peer.send(text);
    },
  });
  const run = await generateRun(wsPlan(server.port, { connections: 2 }));
  const { counts } = run.final;
  expect(counts.completed).toBeGreaterThan(0);
  await expect
    .poll(() => server.heard.filter(({ opcode }) => opcode === opcodeClose).length)
    .toBe(counts.connects);
  const pongs = server.heard.filter(({ opcode }) => opcode === opcodePong);
  expect(pongs.length).toBeGreaterThanOrEqual(counts.completed);
  expect(new Set(pongs.map(({ text }) => text))).toEqual(new Set(["there?"]));
  expectConsistent(run);
});

test("sends along what the plan says, once a connection", async () => {
  const server = await serve({
    answer: (head, accept) =>
      accepting(head, accept).replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat.v2\r\n\r\n"),
  });
  const plan = wsPlan(server.port, {
    headers: [{ name: "X-Room", value: "42" }],
    websocket: { exchange: "echo", subprotocol: "chat.v2" },
    auth: { kind: "basic", username: "u", passwordSecret: "p" },
    body: "{{index}} {{secret.p}}",
    connections: 1,
  });
  const run = await generateRun(plan, undefined, {
    assignment: assignmentOf(plan, { secrets: { p: "s3cret" } }),
  });
  expect(run.final.counts.completed).toBeGreaterThan(1);
  expect(server.heads).toHaveLength(1);
  const [head] = server.heads;
  expect(head).toMatch(/^GET \/chat\?x=1 HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
  expect(head).toContain("\r\nX-Room: 42");
  expect(head).toContain("\r\nSec-WebSocket-Protocol: chat.v2\r\n");
  expect(head).toContain("\r\nSec-WebSocket-Version: 13\r\n");
  expect(head).toContain(`\r\nAuthorization: Basic ${btoa("u:s3cret")}`);
  expect(head).toContain("\r\nTidemark-Run: ");
  expect(head).not.toContain("Extensions");
  expect(server.heard.slice(0, 2)).toEqual([
    { opcode: 1, text: "0 s3cret" },
    { opcode: 1, text: "1 s3cret" },
  ]);
});

const shaken: readonly [string, (head: string, accept: string) => string, RequestError, string][] =
  [
    ["404", () => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "refused", "with 404"],
    [
      "a redirect",
      () => "HTTP/1.1 301 Moved\r\nLocation: ws://example.test/\r\n\r\n",
      "refused",
      "with 301, which is not followed",
    ],
    [
      "another key",
      (head) => accepting(head, "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
      "malformed",
      "does not accept the key",
    ],
    ["garbage", () => "SSH-2.0-x\r\n", "malformed", "it is not HTTP/1.1"],
    ["an endless head", () => `HTTP/1.1 101 X\r\nA: ${"y".repeat(70_000)}`, "malformed", "no end"],
    [
      "101 to something else",
      (head, accept) => accepting(head, accept).replace("Upgrade: WebSocket", "Upgrade: h2c"),
      "malformed",
      "does not upgrade",
    ],
    [
      "101 without Connection",
      (head, accept) => accepting(head, accept).replace("keep-alive, Upgrade", "keep-alive"),
      "malformed",
      "lacks Connection",
    ],
    [
      "an extension that nobody offered",
      (head, accept) =>
        accepting(head, accept).replace(
          "\r\n\r\n",
          "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
        ),
      "malformed",
      "extension",
    ],
    [
      "a subprotocol that nobody offered",
      (head, accept) =>
        accepting(head, accept).replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: x\r\n\r\n"),
      "malformed",
      "subprotocol",
    ],
  ];

test.each(shaken)("fails a handshake answered with %s", async (_, answer, error, reason) => {
  const server = await serve({ answer });
  const run = await generateRun(wsPlan(server.port));
  const { counts } = run.final;
  expect(counts.errors).toEqual({ ...emptyCounts().errors, [error]: counts.errors[error] });
  expect(counts.errors[error]).toBeGreaterThan(0);
  expect(counts.sent).toBe(0);
  expect(counts.connects).toBe(0);
  expect(run.final.remarks.join("\n")).toContain(reason);
  expectConsistent(run);
});

test("shakes hands whatever stands before and behind the answer, split anywhere", async () => {
  const server = await serve({
    answer(head, accept) {
      return `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${accepting(head, accept)}${frameOf("welcome").toString("latin1")}`;
    },
  });
  const run = await generateRun(wsPlan(server.port, {}, "request"));
  expect(run.final.counts.completed).toBeGreaterThan(0);
  expect(run.final.counts.errors).toEqual(emptyCounts().errors);
  expectConsistent(run);
});

const failing: readonly [string, (peer: Peer) => void, RequestError, string][] = [
  ["a close frame", (peer) => peer.send("\u0003\u00f3oops", 0x88), "closed", "code 1011"],
  ["a close frame of nothing", (peer) => peer.send("", 0x88), "closed", "no code"],
  ["an end without a close frame", (peer) => void peer.socket.end(), "closed", ""],
  ["an end within a frame", (peer) => void peer.socket.end(Buffer.of(0x81, 5, 104)), "closed", ""],
  ["a reset", (peer) => void peer.socket.resetAndDestroy(), "reset", ""],
  [
    "a masked frame",
    (peer) => void peer.socket.write(Buffer.of(0x81, 0x81, 1, 2, 3, 4, 5)),
    "malformed",
    "masked",
  ],
  ["a reserved opcode", (peer) => peer.send("x", 0x85), "malformed", "opcode 5"],
  [
    "a message past the bound",
    (peer) => void peer.socket.write(Buffer.from("827f0000000001000001", "hex")),
    "malformed",
    "more than",
  ],
];

test.each(failing)("counts an error and reconnects: %s", async (_, answer, error, reason) => {
  const server = await serve({ message: answer });
  const run = await generateRun(wsPlan(server.port));
  const { counts } = run.final;
  expect(counts.completed).toBe(0);
  expect(counts.errors).toEqual({ ...emptyCounts().errors, [error]: counts.errors[error] });
  expect(counts.errors[error]).toBeGreaterThan(0);
  expect(counts.connects).toBeGreaterThanOrEqual(counts.errors[error]);
  expect(run.final.remarks.join("\n")).toContain(reason);
  expect(server.faults).toEqual([]);
  expectConsistent(run);
});

test("survives a server that pings without reading", async () => {
  const server = await serve({
    opened: (peer) => void peer.socket.pause(),
    message: () => undefined,
  });
  const flood = setInterval(() => {
    for (const peer of server.peers)
      if (peer.socket.writableLength < 1_000_000) peer.socket.write(pings);
  }, 5);
  const pings = Buffer.concat(Array.from({ length: 500 }, () => frameOf("x".repeat(125), 0x89)));
  const run = await generateRun(wsPlan(server.port, { connections: 1, timeoutMs: 60_000 }));
  clearInterval(flood);
  expect(run.final.state).toBe("completed");
  expect(run.final.counts.bytesReceived).toBeGreaterThan(100_000);
  expectConsistent(run);
});

describe("a broadcast", () => {
  /** Every message goes to everyone, to its sender last or not at all. */
  const spreading = (toSender: boolean) => {
    const peers = new Set<Peer>();
    const options: WebSocketServerOptions = {
      opened(peer) {
        peers.add(peer);
        peer.socket.on("close", () => peers.delete(peer));
      },
      message(sender, text) {
        for (const peer of peers) if (peer !== sender) peer.send(text);
        if (toSender) sender.send(text);
      },
    };
    return options;
  };

  test("is answered when every connection has received it", async () => {
    const server = await serve(spreading(true));
    const plan = wsPlan(server.port, { connections: 8, rate: 200, durationMs: 800 }, "broadcast");
    const run = await generateRun(plan);
    const { counts } = run.final;
    expect(counts.completed).toBeGreaterThan(50);
    expect(counts.errors).toEqual(emptyCounts().errors);
    expectConsistent(run);
  });

  test("waits for the last receiver, and times out without it", async () => {
    const server = await serve(spreading(false));
    const plan = wsPlan(
      server.port,
      { connections: 2, rate: 20, durationMs: 900, timeoutMs: 150 },
      "broadcast",
    );
    const run = await generateRun(plan);
    expect(run.final.counts.errors.timeout).toBeGreaterThan(0);
    expect(run.final.counts.completed).toBe(0);
    expectConsistent(run);
  });

  test("does not wait for a connection that is gone", async () => {
    // The second connection never receives anything and is closed when the first has sent.
    let first: Peer | undefined;
    const server = await serve({
      opened(peer) {
        first ??= peer;
      },
      message(sender, text) {
        for (const peer of server.peers) if (peer !== first) peer.socket.destroy();
        if (first !== undefined) sender.send(text);
      },
    });
    const plan = wsPlan(
      server.port,
      { connections: 3, rate: 100, durationMs: 700, timeoutMs: 60_000 },
      "broadcast",
    );
    const run = await generateRun(plan);
    expect(run.final.counts.completed).toBeGreaterThan(0);
    expect(run.final.counts.errors.timeout).toBe(0);
    expectConsistent(run);
  });
});

describe("a plan that cannot be carried out is refused", () => {
  test.each<[string, Partial<LoadPlan>, string]>([
    ["a request without an id", { websocket: { exchange: "request" }, body: "x" }, "body: request"],
    ["a broadcast without one", { websocket: { exchange: "broadcast" }, body: "x" }, "{{id}}"],
    ["a ping with a body", { websocket: { exchange: "ping" }, body: "x" }, "body: a ping"],
    [
      "a pong with a text",
      { websocket: { exchange: "ping" }, body: "", expect: { body: "x" } },
      "expect/body:",
    ],
  ])("%s", (_, change, reason) => {
    expect(() => websocket.check(wsPlan(1, change))).toThrow(reason);
  });
});

describe("tried once", () => {
  test("shows the handshake and the frames, without the secrets", async () => {
    const server = await serve();
    const plan = wsPlan(server.port, {
      body: "{{id}} {{secret.p}}\u0007",
      auth: { kind: "bearer", tokenSecret: "p" },
    });
    const tried = await tryPlan(plan, { p: "s3cret" });
    expect(tried).toMatchObject({ expected: true, error: null, status: null, truncated: false });
    expect(tried.request).toMatch(/^GET \/chat\?x=1 HTTP\/1.1\nHost: 127/);
    expect(tried.request).toContain("Authorization: Bearer {{secret.p}}\n");
    expect(tried.request).toMatch(/\n\ntext: \S+ \{\{secret\.p\}\}\\x07$/);
    expect(tried.response).toMatch(/^HTTP\/1\.1 101 Switching Protocols\n/);
    expect(tried.response).toMatch(/\n\ntext: \S+ \{\{secret\.p\}\}\\x07$/);
    expect(JSON.stringify(tried)).not.toContain("s3cret");
    expect(tried.timings.endMs).toBeGreaterThanOrEqual(tried.timings.firstByteMs!);
  });

  test("says why the handshake failed", async () => {
    const server = await serve({ answer: () => "HTTP/1.1 403 Forbidden\r\n\r\nno" });
    expect(await tryPlan(wsPlan(server.port))).toMatchObject({
      error: "the server refused",
      remarks: ["the server answered the handshake with 403"],
      response: "HTTP/1.1 403 Forbidden\n\nno",
    });
  });

  test("shows a ping", async () => {
    const server = await serve();
    const tried = await tryPlan(wsPlan(server.port, {}, "ping"));
    expect(tried.expected).toBe(true);
    expect(tried.request).toMatch(/\n\nping: 1$/);
    expect(tried.response).toMatch(/\n\npong: 1$/);
  });
});
