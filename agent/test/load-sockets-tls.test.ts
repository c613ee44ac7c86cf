// WebSocket and server-sent events over TLS.
import { type LoadPlan, emptyCounts } from "@tidemark/proto";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { openAuthority } from "./certificates.ts";
import { generateRun, planFor } from "./generated.ts";
import { startScripted } from "./scripted-server.ts";
import { expectConsistent } from "./support/consistent.ts";
import { serverPool } from "./support/raw-server.ts";
import { tryPlan } from "./support/tried.ts";
import { startWebSocketServer } from "./support/websocket-server.ts";

const authority = openAuthority();
const good = authority.issue("IP:127.0.0.1");
const otherName = authority.issue("DNS:other.test");
afterAll(() => authority.stop());

const servers = serverPool();
afterEach(async () => await servers.stop());

const wssPlan = (port: number, change: Partial<LoadPlan> = {}): LoadPlan =>
  planFor(port, {
    driver: "websocket",
    target: `wss://127.0.0.1:${port}/`,
    tls: { ca: authority.ca },
    rate: 30,
    durationMs: 500,
    ...change,
  });

describe("wss", () => {
  test.each<[string, Partial<LoadPlan>]>([
    ["a message that never changes", { body: "hello" }],
    ["messages of their own", { body: "{{id}}", websocket: { exchange: "request" } }],
    ["a message that no read holds", { body: "x".repeat(100_000), expect: { body: "xx" } }],
    ["pings", { websocket: { exchange: "ping" } }],
  ])("carries %s", async (_, change) => {
    const server = servers.add(await startWebSocketServer({ tls: good }));
    const run = await generateRun(wssPlan(server.port, { connections: 2, ...change }));
    const { counts } = run.final;
    expect(counts.completed, JSON.stringify(run.final)).toBeGreaterThan(0);
    expect(counts.errors).toEqual(emptyCounts().errors);
    expect(counts.unexpected).toBe(0);
    expect(counts.connects).toBeLessThanOrEqual(2);
    expect(server.faults).toEqual([]);
    expectConsistent(run);
  });

  test("counts a certificate of another name, and says why", async () => {
    const server = servers.add(await startWebSocketServer({ tls: otherName }));
    const run = await generateRun(wssPlan(server.port));
    const { counts } = run.final;
    expect(counts.errors).toEqual({ ...emptyCounts().errors, tls: counts.errors.tls });
    expect(counts.errors.tls).toBeGreaterThan(0);
    expect(counts.connects).toBe(0);
    expect(run.final.remarks.join()).toContain("TLS failed");
    expectConsistent(run);
  });

  test("tried once, tells what TLS agreed on", async () => {
    const server = servers.add(await startWebSocketServer({ tls: otherName }));
    const trusting = wssPlan(server.port, { tls: { skipVerify: true }, body: "hi" });
    const tried = await tryPlan(trusting);
    expect(tried).toMatchObject({ expected: true, error: null, tls: { verified: false } });
    expect(tried.tls?.protocol).toBe("TLSv1.3");
    expect(tried.timings.tlsMs).toBeGreaterThan(tried.timings.connectedMs!);
    expect(tried.remarks.join()).toContain("not checked");
    const failed = await tryPlan(wssPlan(server.port));
    expect(failed).toMatchObject({ error: "TLS failed", expected: false, tls: null });
  });
});

test("sse reads an event stream over https", async () => {
  const server = servers.add(
    await startScripted(
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
      },
      "127.0.0.1",
      good,
    ),
  );
  const run = await generateRun(
    planFor(server.port, {
      driver: "sse",
      target: `https://127.0.0.1:${server.port}/`,
      tls: { ca: authority.ca },
      rate: 30,
      durationMs: 500,
    }),
  );
  const { counts } = run.final;
  expect(counts.completed).toBeGreaterThan(0);
  expect(counts.statuses).toEqual({ 200: counts.completed });
  expect(counts.errors).toEqual(emptyCounts().errors);
  expectConsistent(run);
});
