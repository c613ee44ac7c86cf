import type { Socket } from "node:net";
import { type LoadPlan, type RequestError, emptyCounts } from "@tidemark/proto";
import { afterEach, describe, expect, test } from "vitest";
import { tcp } from "../src/load/drivers/tcp/tcp.ts";
import { generateRun, planFor } from "./generated.ts";
import { expectConsistent } from "./support/consistent.ts";
import { type RawServer, serverPool, startRaw } from "./support/raw-server.ts";
import { tryPlan } from "./support/tried.ts";

const servers = serverPool();
afterEach(async () => await servers.stop());

async function serve(answer: (socket: Socket, chunk: Buffer) => void): Promise<RawServer> {
  return servers.add(
    await startRaw((socket) => socket.on("data", (chunk: Buffer) => answer(socket, chunk))),
  );
}

function tcpPlan(
  port: number,
  exchange: NonNullable<LoadPlan["socket"]>["exchange"],
  change: Partial<LoadPlan> & { rate?: number } = {},
): LoadPlan {
  return planFor(port, {
    driver: "tcp",
    target: `tcp://127.0.0.1:${port}`,
    body: exchange === "connect" ? "" : "ping\n",
    socket: { exchange },
    rate: 50,
    ...change,
  });
}

const echo = (socket: Socket, chunk: Buffer) => void socket.write(chunk);

test("measures connecting: every request is a connection of its own", async () => {
  const server = await serve(() => undefined);
  const run = await generateRun(tcpPlan(server.port, "connect", { connections: 2 }));
  const { counts } = run.final;
  expect(counts.completed).toBeGreaterThan(10);
  expect(counts.statuses).toEqual({ 0: counts.completed });
  expect(counts.connects).toBe(counts.completed);
  expect(counts.errors).toEqual(emptyCounts().errors);
  expect(counts.bytesSent).toBe(0);
  expect(run.service.total).toBe(counts.completed);
  // Never more sockets than requests: the places that wait for one hold none.
  expect(server.connections()).toBeLessThanOrEqual(counts.sent);
  expectConsistent(run);
});

test.each(["connect", "echo"] as const)("counts a closed port as refused: %s", async (exchange) => {
  const server = await serve(echo);
  await server.stop();
  const run = await generateRun(tcpPlan(server.port, exchange));
  const { counts } = run.final;
  expect(counts.errors).toEqual({ ...emptyCounts().errors, refused: counts.errors.refused });
  expect(counts.errors.refused).toBeGreaterThan(0);
  expect(counts.connects).toBe(0);
  expectConsistent(run);
});

const answered: readonly [
  string,
  (socket: Socket, chunk: Buffer) => void,
  Partial<LoadPlan>,
  { unexpected?: boolean; reconnects?: boolean },
][] = [
  ["an echo", echo, { socket: { exchange: "echo" } }, {}],
  [
    "an echo in single bytes",
    (socket, chunk) => {
      for (const byte of chunk) socket.write(Buffer.of(byte));
    },
    { socket: { exchange: "echo" } },
    {},
  ],
  [
    "an echo of bytes that are no text",
    echo,
    { socket: { exchange: "echo", encoding: "base64" }, body: "AP+A/w==" },
    {},
  ],
  [
    "other bytes in place of the echo",
    (socket) => void socket.write("pong\n"),
    { socket: { exchange: "echo" } },
    { unexpected: true, reconnects: true },
  ],
  [
    "more than an echo",
    (socket, chunk) => void socket.write(Buffer.concat([chunk, chunk])),
    { socket: { exchange: "echo" } },
    { reconnects: true },
  ],
  [
    "an echo that lacks what is expected",
    echo,
    { socket: { exchange: "echo" }, expect: { body: "pong" } },
    { unexpected: true },
  ],
  ["any bytes", (socket) => void socket.write("+"), { socket: { exchange: "request" } }, {}],
  [
    "a text that comes in two parts after others",
    (socket) => {
      socket.write("+PO+PON");
      setTimeout(() => socket.write("G\r\n"), 2);
    },
    { socket: { exchange: "request" }, expect: { body: "+PONG" } },
    {},
  ],
];

test.each(answered)(
  "counts as an answer: %s",
  async (_, answer, change, { unexpected, reconnects }) => {
    const server = await serve(answer);
    const run = await generateRun(
      tcpPlan(server.port, "echo", { connections: 1, durationMs: 500, ...change }),
    );
    const { counts } = run.final;
    expect(counts.completed, JSON.stringify(counts)).toBeGreaterThan(0);
    expect(counts.statuses).toEqual({ 0: counts.completed });
    expect(counts.unexpected).toBe(unexpected === true ? counts.completed : 0);
    expect(counts.errors).toEqual(emptyCounts().errors);
    if (reconnects === true) expect(counts.connects).toBeGreaterThanOrEqual(counts.completed);
    else expect(counts.connects).toBe(1);
    expectConsistent(run);
  },
);

const failing: readonly [string, (socket: Socket) => void, Partial<LoadPlan>, RequestError][] = [
  ["a close without an answer", (socket) => void socket.end(), {}, "closed"],
  ["a close within the echo", (socket) => void socket.end("pi"), {}, "closed"],
  ["a reset", (socket) => void socket.resetAndDestroy(), {}, "reset"],
  ["silence", () => undefined, { timeoutMs: 100 }, "timeout"],
  [
    "a text that never comes",
    (socket) => void socket.write("-ERR\r\n"),
    { timeoutMs: 100, socket: { exchange: "request" }, expect: { body: "+PONG" } },
    "timeout",
  ],
];

test.each(failing)("counts an error and reconnects: %s", async (_, answer, change, error) => {
  const server = await serve(answer);
  const run = await generateRun(tcpPlan(server.port, "echo", change));
  const { counts } = run.final;
  expect(counts.completed).toBe(0);
  expect(counts.errors).toEqual({ ...emptyCounts().errors, [error]: counts.errors[error] });
  expect(counts.errors[error]).toBeGreaterThan(0);
  expect(counts.connects).toBeGreaterThanOrEqual(counts.errors[error]);
  expectConsistent(run);
});

test("does not take a late answer for the next one's", async () => {
  let answers = 0;
  const server = await serve((socket, chunk) => {
    answers += 1;
    // Every other answer comes after its timeout.
    setTimeout(() => socket.destroyed || socket.write(chunk), answers % 2 === 0 ? 250 : 0);
  });
  const run = await generateRun(
    tcpPlan(server.port, "echo", { timeoutMs: 100, durationMs: 1_000, connections: 8 }),
  );
  const { counts } = run.final;
  expect(counts.errors.timeout).toBeGreaterThan(0);
  expect(counts.completed).toBeGreaterThan(0);
  expect(counts.connects).toBeGreaterThan(counts.errors.timeout);
  expectConsistent(run);
});

test("takes bytes that nobody asked for as the end of an echo's connection", async () => {
  const server = servers.add(await startRaw((socket) => void socket.write("220 ready\r\n")));
  const run = await generateRun(tcpPlan(server.port, "echo", { connections: 1 }));
  const { counts } = run.final;
  expect(counts.completed).toBe(counts.unexpected);
  expect(counts.connects).toBeGreaterThan(1);
  expectConsistent(run);
});

describe("a plan that cannot be carried out is refused", () => {
  test.each<[string, Partial<LoadPlan>, string]>([
    ["not base64", { socket: { exchange: "echo", encoding: "base64" }, body: "é" }, "body:"],
    [
      "text expected of connect",
      { socket: { exchange: "connect" }, expect: { body: "x" } },
      "expect/body:",
    ],
  ])("%s", (_, change, reason) => {
    expect(() => tcp.check(tcpPlan(1, "echo", change))).toThrow(reason);
  });
});

describe("tried once", () => {
  test("shows what went there and back", async () => {
    const server = await serve((socket) => void socket.write(Buffer.from("p\u0000ng ü\r\n")));
    const plan = tcpPlan(server.port, "request", { expect: { body: "ng" } });
    expect(await tryPlan(plan)).toMatchObject({
      request: "ping\n",
      response: "p\\x00ng ü\\r\n",
      status: null,
      expected: true,
      error: null,
      address: `127.0.0.1:${server.port}`,
      tls: null,
      truncated: false,
    });
  });

  test("says why there was no answer", async () => {
    const server = await serve(() => undefined);
    const silent = await tryPlan(tcpPlan(server.port, "echo", { timeoutMs: 50 }));
    expect(silent).toMatchObject({
      expected: false,
      error: "no answer within 50 ms",
      response: "",
    });
    expect(silent.timings.connectedMs).toBeGreaterThan(0);
    await server.stop();
    const refused = await tryPlan(tcpPlan(server.port, "connect"));
    expect(refused).toMatchObject({ error: "the server refused", timings: { connectedMs: null } });
  });
});
