import type { RemoteInfo, Socket } from "node:dgram";
import { type LoadPlan, emptyCounts } from "@tidemark/proto";
import { afterEach, describe, expect, test } from "vitest";
import { udp } from "../src/load/drivers/udp/udp.ts";
import { generateRun, planFor } from "./generated.ts";
import { expectConsistent } from "./support/consistent.ts";
import { serverPool, startDatagrams } from "./support/raw-server.ts";
import { tryPlan } from "./support/tried.ts";

type Serve = (socket: Socket, datagram: Buffer, from: RemoteInfo, number: number) => void;

const servers = serverPool();
afterEach(async () => await servers.stop());

const serve = async (answer: Serve, type?: "udp4" | "udp6") =>
  servers.add(await startDatagrams(answer, type));

function udpPlan(port: number, change: Partial<LoadPlan> & { rate?: number } = {}): LoadPlan {
  return planFor(port, {
    driver: "udp",
    target: `udp://127.0.0.1:${port}`,
    body: "ping",
    socket: { exchange: "echo" },
    rate: 50,
    ...change,
  });
}

const echo: Serve = (socket, datagram, { port, address }) => socket.send(datagram, port, address);

const answered: readonly [string, Serve, Partial<LoadPlan>, { unexpected?: boolean }][] = [
  ["an echo", echo, {}, {}],
  [
    "an echo of bytes that are no text",
    echo,
    { socket: { exchange: "echo", encoding: "base64" }, body: "AP+A/w==" },
    {},
  ],
  [
    "something else in place of the echo",
    (socket, _, { port, address }) => socket.send("pong", port, address),
    {},
    { unexpected: true },
  ],
  [
    "any datagram, even an empty one",
    (socket, _, { port, address }) => socket.send("", port, address),
    { socket: { exchange: "request" } },
    {},
  ],
  [
    "the datagram that holds the text, though others come before it",
    (socket, _, { port, address }) => {
      socket.send("TRYING", port, address);
      socket.send("200 OK", port, address);
    },
    { socket: { exchange: "request" }, expect: { body: "200" } },
    {},
  ],
];

test.each(answered)("counts as an answer: %s", async (_, answer, change, { unexpected }) => {
  const server = await serve(answer);
  const run = await generateRun(
    udpPlan(server.port, { connections: 1, durationMs: 500, ...change }),
  );
  const { counts } = run.final;
  expect(counts.completed, JSON.stringify(counts)).toBeGreaterThan(0);
  expect(counts.statuses).toEqual({ 0: counts.completed });
  expect(counts.unexpected).toBe(unexpected === true ? counts.completed : 0);
  expect(counts.errors).toEqual(emptyCounts().errors);
  expect(counts.connects).toBe(1);
  expectConsistent(run);
});

test("counts a lost datagram as a timeout, each for itself", async () => {
  // Every third one is lost.
  const server = await serve((socket, datagram, from, number) => {
    if (number % 3 !== 0) echo(socket, datagram, from, number);
  });
  const run = await generateRun(
    udpPlan(server.port, { connections: 32, rate: 100, durationMs: 900, timeoutMs: 150 }),
  );
  const { counts, inFlight } = run.final;
  const lost = counts.errors.timeout;
  expect(lost).toBeGreaterThan(5);
  expect(lost).toBeLessThanOrEqual(Math.ceil(counts.sent / 3));
  expect(lost + inFlight).toBeGreaterThanOrEqual(Math.floor(counts.sent / 3));
  expectConsistent(run);
});

test("does not take a late answer for the next one's", async () => {
  let answers = 0;
  let previous: RemoteInfo | undefined;
  // Each is answered when the one after it comes: by then its own wait is over.
  const server = await serve((socket, datagram, from, number) => {
    if (previous !== undefined) echo(socket, datagram, previous, number);
    answers += previous === undefined ? 0 : 1;
    previous = from;
  });
  const run = await generateRun(
    udpPlan(server.port, { connections: 1, timeoutMs: 50, durationMs: 900 }),
  );
  expect(answers).toBeGreaterThan(0);
  expect(run.final.counts.completed).toBe(0);
  expect(run.final.counts.errors.timeout).toBeGreaterThan(0);
  expectConsistent(run);
});

test("lets a duplicate answer nobody while nobody waits, and says so", async () => {
  const server = await serve((socket, datagram, from, number) => {
    echo(socket, datagram, from, number);
    echo(socket, datagram, from, number);
  });
  const run = await generateRun(udpPlan(server.port, { connections: 1 }));
  const { counts } = run.final;
  expect(counts.completed).toBeGreaterThan(0);
  expect(counts.bytesReceived).toBeGreaterThan(counts.completed * 4);
  expect(run.final.remarks.join()).toContain("no request waited for");
  expectConsistent(run);
});

test("counts a closed port as refused", async () => {
  const server = await startDatagrams(echo);
  await server.stop();
  const run = await generateRun(udpPlan(server.port));
  const { counts } = run.final;
  expect(counts.errors).toEqual({ ...emptyCounts().errors, refused: counts.errors.refused });
  expect(counts.errors.refused).toBeGreaterThan(0);
  expectConsistent(run);
});

test("speaks IPv6", async () => {
  const server = await serve(echo, "udp6");
  const run = await generateRun(
    udpPlan(server.port, { target: `udp://[::1]:${server.port}`, durationMs: 300 }),
  );
  expect(run.final.counts.completed).toBeGreaterThan(0);
  expect(run.final.counts.errors).toEqual(emptyCounts().errors);
});

describe("a plan that cannot be carried out is refused", () => {
  test.each<[string, Partial<LoadPlan>, string]>([
    ["a datagram that is too long", { body: "é".repeat(32_754) }, "body: 65508 bytes"],
    ["connect", { socket: { exchange: "connect" } }, "socket/exchange:"],
  ])("%s", (_, change, reason) => {
    expect(() => udp.check(udpPlan(1, change))).toThrow(reason);
  });
});

test("tried once, shows what went there and back", async () => {
  const server = await serve((socket, _, { port, address }) =>
    socket.send(Buffer.from([0xff, 0x41]), port, address),
  );
  const tried = await tryPlan(udpPlan(server.port, { socket: { exchange: "request" } }));
  expect(tried).toMatchObject({
    request: "ping",
    response: "\\xffA",
    expected: true,
    error: null,
    status: null,
  });
  expect(tried.timings.endMs).toBeGreaterThan(0);
});
