import type { Socket } from "node:net";
import { type LoadPlan, type RequestError, emptyCounts } from "@tidemark/proto";
import { afterEach, describe, expect, test } from "vitest";
import { sse } from "../src/load/drivers/sse/sse.ts";
import { generateRun, planFor } from "./generated.ts";
import { type Answer, startScripted } from "./scripted-server.ts";
import { expectConsistent } from "./support/consistent.ts";
import { serverPool } from "./support/raw-server.ts";
import { tryPlan } from "./support/tried.ts";

const servers = serverPool();
afterEach(async () => await servers.stop());

const serve = async (answer: Answer) => servers.add(await startScripted(answer));

function ssePlan(
  port: number,
  change: Partial<LoadPlan> & { rate?: number } = {},
  measure: NonNullable<LoadPlan["sse"]>["measure"] = "first-event",
): LoadPlan {
  return planFor(port, {
    driver: "sse",
    target: `http://127.0.0.1:${port}/events?topic=1`,
    sse: { measure },
    rate: 40,
    durationMs: 500,
    ...change,
  });
}

const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n";
const open = `${head}\r\n`;
const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;
const write = (text: string) => (socket: Socket) => void socket.write(text);
const inBytes = (text: string) => (socket: Socket) => {
  for (const char of text) socket.write(char, "latin1");
};
/** Events one after the other, until the connection closes. */
const ticking = (everyMs: number) => (socket: Socket) => {
  socket.write(open);
  const timer = setInterval(() => socket.write("data: tick\n\n"), everyMs);
  socket.on("close", () => clearInterval(timer));
};

const answered: readonly [
  string,
  Answer,
  Partial<LoadPlan>,
  { status?: number; unexpected?: boolean },
][] = [
  ["an event", write(`${open}data: hi\n\n`), {}, {}],
  ["an event after comments", write(`${open}: beat\n\nretry: 5\n\ndata: hi\n\n`), {}, {}],
  ["an event across chunks", write(`${chunked}4\r\ndata\r\n5\r\n: hi\n\r\n1\r\n\n\r\n`), {}, {}],
  ["single bytes", inBytes(`${chunked}a\r\ndata: hi\n\n\r\n`), {}, {}],
  ["an event of a given length", write(`${head}Content-Length: 10\r\n\r\ndata: hi\n\n`), {}, {}],
  [
    "what is expected of the data",
    write(`${open}data: a\ndata: b\n\n`),
    { expect: { body: "a\nb" } },
    {},
  ],
  [
    "data without what is expected",
    write(`${open}data: no\n\ndata: yes\n\n`),
    { expect: { body: "yes" } },
    { unexpected: true },
  ],
  [
    "another status",
    write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
    {},
    { status: 503, unexpected: true },
  ],
  [
    "another status, which the plan expects",
    write("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
    { expect: { statuses: ["503"] } },
    { status: 503 },
  ],
  [
    "another content type",
    write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\ndata: hi\n\n"),
    {},
    { unexpected: true },
  ],
  [
    "a redirect, which is not followed",
    write("HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n"),
    {},
    { status: 302, unexpected: true },
  ],
];

test.each(answered)(
  "counts as an answer: %s",
  async (_, answer, change, { status = 200, unexpected }) => {
    const server = await serve(answer);
    const run = await generateRun(ssePlan(server.port, change));
    const { counts } = run.final;
    expect(counts.completed, JSON.stringify(run.final)).toBeGreaterThan(0);
    expect(counts.statuses).toEqual({ [status]: counts.completed });
    expect(counts.unexpected).toBe(unexpected === true ? counts.completed : 0);
    expect(counts.errors).toEqual(emptyCounts().errors);
    // Each request has a stream of its own.
    expect(server.requests()).toBeGreaterThanOrEqual(counts.completed);
    expect(counts.connects).toBeGreaterThanOrEqual(counts.completed);
    expectConsistent(run);
  },
);

const failing: readonly [string, Answer, RequestError][] = [
  ["garbage", write("SMTP ready\r\n\r\n"), "malformed"],
  ["a chunk without a size", write(`${chunked}zz\r\n`), "malformed"],
  ["a stream that is compressed", write(`${head}Content-Encoding: gzip\r\n\r\n`), "malformed"],
  ["an endless head", write(`${head}X: ${"y".repeat(70_000)}`), "malformed"],
  ["an end before the first event", (socket) => void socket.end(`${open}data: hi\n`), "closed"],
  ["an end of the chunks", write(`${chunked}0\r\n\r\n`), "closed"],
  ["an end without a word", (socket) => void socket.end(), "closed"],
  ["a reset", (socket) => void socket.resetAndDestroy(), "reset"],
];

test.each(failing)("counts an error and reconnects: %s", async (_, answer, error) => {
  const server = await serve(answer);
  const run = await generateRun(ssePlan(server.port));
  const { counts } = run.final;
  expect(counts.completed).toBe(0);
  expect(counts.errors).toEqual({ ...emptyCounts().errors, [error]: counts.errors[error] });
  expect(counts.errors[error]).toBeGreaterThan(0);
  expectConsistent(run);
});

test("ends a stream without events at the timeout", async () => {
  const server = await serve(write(`${open}: beat\n\n`));
  const run = await generateRun(ssePlan(server.port, { timeoutMs: 100 }));
  expect(run.final.counts.completed).toBe(0);
  expect(run.final.counts.errors.timeout).toBeGreaterThan(0);
  expectConsistent(run);
});

test("asks for an event stream and sends along what the plan says", async () => {
  const server = await serve(write(`${open}data: hi\n\n`));
  await generateRun(ssePlan(server.port, { headers: [{ name: "Last-Event-ID", value: "7" }] }));
  expect(server.received()).toMatch(/^GET \/events\?topic=1 HTTP\/1\.1\r\nHost: 127/);
  expect(server.received()).toContain("\r\nAccept: text/event-stream\r\n");
  expect(server.received()).toContain("\r\nLast-Event-ID: 7\r\n");
  expect(server.received()).toContain("\r\nTidemark-Run: ");
});

describe("the gap between events", () => {
  const closed = (clients: number): Partial<LoadPlan> => ({
    pacing: { kind: "closed", clients, thinkMs: 0 },
    connections: clients,
    durationMs: 900,
  });

  test("is measured from event to event on streams that stay open", async () => {
    const server = await serve(ticking(20));
    const run = await generateRun(ssePlan(server.port, closed(3), "gap"));
    const { counts } = run.final;
    expect(counts.completed).toBeGreaterThan(10);
    expect(counts.statuses).toEqual({ 200: counts.completed });
    expect(counts.connects).toBe(3);
    expect(server.requests()).toBe(3);
    expect(run.final.remarks.join()).not.toContain("not measured");
    // A gap is never shorter than the server's own by more than its timer's grain and a queue's jitter.
    expect(run.service.percentile(50)).toBeGreaterThan(10_000);
    expectConsistent(run);
  });

  test("is not measured where nobody waits for the event, and the result says so", async () => {
    const server = await serve(ticking(10));
    const run = await generateRun(ssePlan(server.port, { connections: 1, rate: 5 }, "gap"));
    expect(run.final.counts.completed).toBeGreaterThan(0);
    expect(run.final.remarks.join()).toContain("were not measured");
    expectConsistent(run);
  });

  test("fails with the stream: refused by a status, closed by its end", async () => {
    const refusing = await serve(write("HTTP/1.1 503 Busy\r\n\r\n"));
    const refused = await generateRun(ssePlan(refusing.port, {}, "gap"));
    expect(refused.final.counts.errors.refused).toBeGreaterThan(0);
    expect(refused.final.counts.sent).toBe(0);
    expect(refused.final.remarks.join()).toContain("answered with 503");
    expectConsistent(refused);

    const ending = await serve((socket) => {
      socket.write(`${open}data: 1\n\n`);
      setTimeout(() => socket.end(), 30);
    });
    const ended = await generateRun(ssePlan(ending.port, closed(2), "gap"));
    expect(ended.final.counts.errors.closed).toBeGreaterThan(0);
    expect(ended.final.counts.completed).toBe(0);
    expectConsistent(ended);
  });
});

test("refuses a feed that is used up by streams that are opened again", () => {
  const feed: LoadPlan["feed"] = { csv: "a\n1\n", order: "once" };
  expect(() => sse.check(ssePlan(1, { feed }, "gap"))).toThrow("feed/order:");
  expect(() => sse.check(ssePlan(1, { feed }))).not.toThrow();
});

test("tried once, shows the request and the events", async () => {
  const server = await serve(write(`${chunked}a\r\ndata: hi\n\n\r\n`));
  const tried = await tryPlan(
    ssePlan(server.port, { auth: { kind: "bearer", tokenSecret: "t" } }),
    {
      t: "s3cret",
    },
  );
  expect(tried).toMatchObject({ status: 200, expected: true, error: null });
  expect(tried.request).toMatch(/^GET \/events\?topic=1 HTTP\/1\.1\nHost: /);
  expect(tried.request).toContain("Authorization: Bearer {{secret.t}}\n");
  expect(tried.response).toMatch(/^HTTP\/1\.1 200 OK\n[^]*\n\ndata: hi\n\n$/);
});
