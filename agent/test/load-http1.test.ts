import type { Socket } from "node:net";
import { type RequestError, emptyCounts } from "@tidemark/proto";
import { afterEach, expect, test } from "vitest";
import { generateRun, planFor } from "./generated.ts";
import { type Answer, type ScriptedServer, startScripted } from "./scripted-server.ts";
import { expectConsistent } from "./support/consistent.ts";

const servers: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(answer: Answer, host?: string): Promise<ScriptedServer> {
  const server = await startScripted(answer, host);
  servers.push(server);
  return server;
}

const write = (text: string) => (socket: Socket) => void socket.write(text);
const last = (text: string) => (socket: Socket) => void socket.end(text);
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

const answered: readonly [string, Answer, string, { method?: "HEAD"; reconnects?: boolean }][] = [
  ["200 with a length", write(ok), "200", {}],
  ["404", write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "404", {}],
  [
    "chunked",
    write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n0\r\nT: 1\r\n\r\n"),
    "200",
    {},
  ],
  [
    "204 that announces a length",
    write("HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n"),
    "204",
    {},
  ],
  [
    "304 that announces a length",
    write("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
    "304",
    {},
  ],
  [
    "HEAD with the length of a body",
    write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
    "200",
    { method: "HEAD" },
  ],
  [
    "interim responses before the real one",
    write(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok}`),
    "200",
    {},
  ],
  [
    "a body that ends with the connection",
    last("HTTP/1.1 200 OK\r\n\r\nhello"),
    "200",
    { reconnects: true },
  ],
  [
    "Connection: close",
    last("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
    "200",
    { reconnects: true },
  ],
  ["HTTP/1.0", last("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"), "200", { reconnects: true }],
  ["a surplus after the response", write(`${ok}surplus`), "200", { reconnects: true }],
];

test.each(answered)("counts a response: %s", async (_, answer, status, { method, reconnects }) => {
  const server = await serve(answer);
  const plan = planFor(server.port, { connections: 1, rate: 50, ...(method && { method }) });
  const run = await generateRun(plan);
  const { counts } = run.final;
  expect(counts.completed, JSON.stringify([counts, run.final.generator])).toBeGreaterThan(0);
  expect(counts.statuses).toEqual({ [status]: counts.completed });
  expect(counts.errors).toEqual(emptyCounts().errors);
  if (reconnects) expect(counts.connects).toBeGreaterThanOrEqual(counts.completed);
  else expect(counts.connects).toBe(1);
  expectConsistent(run);
});

const failing: readonly [string, Answer, RequestError][] = [
  ["garbage", write("SMTP ready\r\n\r\n"), "malformed"],
  [
    "a chunk without its length",
    write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "malformed",
  ],
  [
    "two different lengths",
    write("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
    "malformed",
  ],
  [
    "an endless header",
    (socket) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${"y".repeat(70_000)}`),
    "malformed",
  ],
  [
    "a close in the middle of the body",
    last("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal"),
    "closed",
  ],
  ["a close without a word", (socket) => void socket.end(), "closed"],
  ["a reset", (socket) => void socket.resetAndDestroy(), "reset"],
];

test.each(failing)("counts an error and reconnects: %s", async (_, answer, error) => {
  const server = await serve(answer);
  const run = await generateRun(planFor(server.port, { rate: 50 }));
  const { counts } = run.final;
  expect(counts.completed).toBe(0);
  expect(counts.errors).toEqual({ ...emptyCounts().errors, [error]: counts.errors[error] });
  expect(counts.errors[error]).toBeGreaterThan(0);
  expect(counts.connects).toBeGreaterThanOrEqual(counts.errors[error]);
  expect(run.final.spoiled.map(({ code }) => code)).toContain("all-errors");
  expectConsistent(run);
});

test("counts a refused connection once for each request", async () => {
  const server = await serve(write(ok));
  await server.stop();
  const run = await generateRun(planFor(server.port, { rate: 50 }));
  expect(run.final.counts.errors.refused).toBeGreaterThan(0);
  expect(run.final.counts.connects).toBe(0);
  expect(run.final.counts.sent).toBe(0);
  expectConsistent(run);
});

test("ends a stalled request at its timeout and records exactly that", async () => {
  const server = await serve((socket, index) => {
    if (index % 2 === 0) socket.write(ok);
  });
  const plan = planFor(server.port, {
    connections: 64,
    rate: 100,
    durationMs: 900,
    timeoutMs: 200,
  });
  const run = await generateRun(plan);
  const { timeout } = run.final.counts.errors;
  expect(timeout).toBeGreaterThan(20);
  expect(run.final.counts.completed).toBeGreaterThan(20);
  // A connection whose request timed out is never used again.
  expect(run.final.counts.connects).toBeGreaterThanOrEqual(timeout);
  expect(run.service.percentile(100)).toBeGreaterThanOrEqual(200_000 * 0.999);
  expect(run.service.percentile(100)).toBeLessThanOrEqual(200_000 * 1.001);
  expectConsistent(run);
});

test("keeps connections alive and reconnects when an idle one is closed, at no request's cost", async () => {
  const ended = new Set<Socket>();
  let crossed = 0;
  const server = await serve((socket) => {
    // On its way while the server hung up, as a late generator's may be: nobody can save that one.
    if (ended.has(socket)) crossed += 1;
    else
      socket.write(ok, () =>
        setImmediate(() => {
          ended.add(socket);
          socket.end();
        }),
      );
  });
  const run = await generateRun(planFor(server.port, { connections: 2, rate: 20 }));
  const { counts } = run.final;
  const failed = Object.values(counts.errors).reduce((sum, count) => sum + count, 0);
  expect(failed).toBeLessThanOrEqual(crossed);
  expect(counts.completed + failed).toBeGreaterThan(5);
  expect(counts.connects).toBeGreaterThanOrEqual(counts.completed - 1);
  expectConsistent(run);
});

test("reads responses split at every byte from a slow server", async () => {
  const response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  const server = await serve((socket, index) => {
    const at = 1 + (index % (response.length - 1));
    socket.write(response.slice(0, at));
    setTimeout(() => socket.write(response.slice(at)), 2);
  });
  const run = await generateRun(
    planFor(server.port, { connections: 8, rate: 400, durationMs: 600 }),
  );
  expect(run.final.counts.errors).toEqual(emptyCounts().errors);
  expect(run.final.counts.completed).toBeGreaterThan(response.length);
  expectConsistent(run);
});

test("speaks IPv6 and sends what the plan says", async () => {
  const server = await serve(write(ok), "::1");
  const plan = planFor(server.port, {
    target: `http://[::1]:${server.port}/a%20b?c=d`,
    headers: [{ name: "X-Api-Key", value: "s3cret" }],
    rate: 20,
    durationMs: 200,
  });
  const run = await generateRun(plan);
  expect(run.final.counts.completed).toBeGreaterThan(0);
  expect(server.received()).toMatch(
    new RegExp(
      `^GET /a%20b\\?c=d HTTP/1\\.1\r\nHost: \\[::1\\]:${server.port}\r\nUser-Agent: tidemark/[0-9.]+\r\nTidemark-Run: [a-z2-7]{16}\r\nX-Api-Key: s3cret\r\n\r\n`,
    ),
  );
  expectConsistent(run);
});

test("sends a body with its length in bytes", async () => {
  const server = await serve(write(ok));
  const plan = planFor(server.port, {
    method: "POST",
    body: "grüße\r\n\r\n",
    rate: 20,
    durationMs: 200,
  });
  const run = await generateRun(plan);
  expect(run.final.counts.completed).toBeGreaterThan(0);
  expect(server.received()).toContain("Content-Length: 11\r\n\r\n");
});

test("opens no more connections than the plan allows and censors what waits at the stop", async () => {
  const server = await serve(() => undefined);
  const plan = planFor(server.port, {
    connections: 3,
    rate: 200,
    durationMs: 400,
    timeoutMs: 60_000,
  });
  const run = await generateRun(plan);
  expect(server.connections()).toBe(3);
  expect(run.final).toMatchObject({ unsent: 77, inFlight: 3, state: "completed" });
  expect(run.final.counts.due).toBe(80);
  // The first request waited for the whole run, the middle one for half of it.
  expect(run.response.percentile(100)).toBeGreaterThanOrEqual(395_000);
  expect(run.response.percentile(50)).toBeGreaterThan(190_000);
  expect(run.final.spoiled.map(({ code }) => code)).toContain("rate-missed");
  expectConsistent(run);
});

test("keeps more requests than a million waiting no further than the bound and counts the rest", async () => {
  const server = await serve(() => undefined);
  const plan = planFor(server.port, { rate: 1_000_000, durationMs: 1_200, timeoutMs: 60_000 });
  const run = await generateRun(plan);
  expect(run.final.counts.due).toBe(1_200_000);
  expect(run.final.unsent).toBe(1_000_000);
  expect(run.final.counts.dropped).toBe(200_000 - run.final.inFlight);
  expect(run.final.spoiled.map(({ code }) => code)).toContain("dropped-requests");
  expectConsistent(run);
});

test.each(["precise", "economy", "exact"] as const)(
  "achieves the rate when pacing is %s",
  async (precision) => {
    const server = await serve(write(ok));
    const run = await generateRun(
      planFor(server.port, { precision, rate: 500, durationMs: 1_500 }),
    );
    expect(run.final.counts.due).toBe(750);
    expect(run.final.counts.sent).toBeGreaterThanOrEqual(700);
    expect(run.intervals).toHaveLength(2);
    expect(run.final.state).toBe("completed");
    expect(run.final.generator.threadCpu).toBeGreaterThan(0);
    expectConsistent(run);
  },
);

test("reports every second once, though timers fire early", async () => {
  const server = await serve(write(ok));
  const run = await generateRun(planFor(server.port, { rate: 200, durationMs: 5_300 }));
  const { intervals } = run;
  expect(intervals).toHaveLength(6);
  for (const { durationMs } of intervals.slice(0, -1))
    expect(Math.abs(durationMs - 1_000)).toBeLessThan(400);
  expectConsistent(run);
});
