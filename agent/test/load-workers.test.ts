// Several workers of one agent, and several agents' shares of one plan: together exactly the plan, from one instant on.
import { writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { LoadPlan } from "@tidemark/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Watched } from "../src/load/run.ts";
import { startThreads } from "../src/load/threads.ts";
import { assignmentOf, generateRun, planFor } from "./generated.ts";
import { type ScriptedServer, startScripted } from "./scripted-server.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
let server: ScriptedServer;
let receivedAtMs: number[];
beforeEach(async () => {
  receivedAtMs = [];
  server = await startScripted((socket) => {
    receivedAtMs.push(Date.now());
    socket.write(ok);
  });
});
afterEach(() => server.stop());

const lease = (run: { lease(ttlMs: number): void }) => run.lease(60_000);
const leased = (plan: LoadPlan, change: Parameters<typeof assignmentOf>[1]) =>
  generateRun(plan, lease, { assignment: assignmentOf(plan, change) });

test("workers carry out the plan together and report as one", async () => {
  const plan = planFor(server.port, { rate: 101, durationMs: 2_300, workers: 3, connections: 7 });
  const { final, intervals, response } = await generateRun(plan);
  expect(final).toMatchObject({ state: "completed", cause: "" });
  expect(final.counts.due).toBe(233);
  expect(final.counts.completed + final.unsent + final.inFlight).toBe(233);
  expect(server.requests()).toBe(final.counts.sent);
  expect(server.connections()).toBeLessThanOrEqual(7);
  expect(response.total).toBe(233);
  expect(intervals.map(({ index }) => index)).toEqual([0, 1, 2]);
  const together = intervals.reduce((sum, { durationMs }) => sum + durationMs, 0);
  expect(together).toBeGreaterThanOrEqual(2_300);
  expect(intervals.reduce((sum, { counts }) => sum + counts.due, 0)).toBe(233);
});

test("the shares of a plan add up to it, workers within agents", async () => {
  const plan = planFor(server.port, {
    pacing: { kind: "poisson", ratePerSecond: 60, seed: 3 },
    durationMs: 1_000,
    connections: 5,
  });
  const whole = await generateRun(plan);
  const parts = await Promise.all(
    [0, 1].map((index) => leased({ ...plan, workers: 2 }, { share: { index, of: 2 } })),
  );
  expect(parts.reduce((sum, { final }) => sum + final.counts.due, 0)).toBe(whole.final.counts.due);
});

test("all begin at the given instant: nothing is sent before it", async () => {
  const startAtMs = Date.now() + 900;
  const plan = planFor(server.port, { rate: 50, durationMs: 500, workers: 2 });
  const { final } = await leased(plan, { startAtMs });
  expect(final.state).toBe("completed");
  expect(Math.min(...receivedAtMs)).toBeGreaterThanOrEqual(startAtMs - 1);
  expect(final.startedAtMs).toBe(startAtMs);
  expect(final.counts.due).toBe(25);
});

test("a start that is already past shifts nothing: what is late is late", async () => {
  const startAtMs = Date.now() - 400;
  const plan = planFor(server.port, { rate: 50, durationMs: 3_000 });
  const { final, lateness } = await leased(plan, { startAtMs });
  expect(final.startedAtMs).toBe(startAtMs);
  expect(final.counts.due).toBe(150);
  expect(lateness.max).toBeGreaterThanOrEqual(400_000);
  // Of 3 s at least 0.4 had passed before anything could be sent.
  expect(lateness.percentile(90)).toBeGreaterThan(1_000);
});

test("a run that is ended while it waits for its start sends nothing", async () => {
  const plan = planFor(server.port, { workers: 2 });
  const { final, intervals } = await generateRun(
    plan,
    (run) => void setTimeout(() => run.end("cancelled", "changed my mind"), 300),
    { assignment: assignmentOf(plan, { startAtMs: Date.now() + 60_000 }) },
  );
  expect(final).toMatchObject({ state: "cancelled", cause: "changed my mind", intervals: 0 });
  expect(final.counts.due).toBe(0);
  expect(intervals).toEqual([]);
  expect(server.connections()).toBe(0);
});

test("a ceiling that only shows while it runs ends the run as failed", async () => {
  const seen: Watched[] = [];
  const plan = planFor(server.port, { rate: 200, durationMs: 30_000, workers: 2 });
  const { final } = await generateRun(plan, lease, {
    watch(interval) {
      seen.push(interval);
      return seen.length < 2 ? undefined : "more bytes than this host's policy allows";
    },
  });
  expect(final).toMatchObject({
    state: "failed",
    cause: "more bytes than this host's policy allows",
  });
  const { bytesSent, bytesReceived } = final.counts;
  expect(seen[1]!.bytes).toBeGreaterThan(seen[0]!.bytes);
  expect(seen.at(-1)!.bytes).toBeLessThanOrEqual(bytesSent + bytesReceived);
  expect(seen[0]!.threadCpu).toBeGreaterThan(0);
  expect(seen[1]!.elapsedMs).toBeGreaterThan(1_900);
});

/** The workers' own program; in worker 1 something else happens besides, as soon as the server has 30 requests. */
async function withMishap(mishap: string, carry: (entry: URL) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "tidemark-workers-"));
  const signal = join(directory, "now");
  const watch = setInterval(() => {
    if (server.requests() >= 30) writeFileSync(signal, "");
  }, 20);
  try {
    const file = join(directory, "mishap.mjs");
    const thread = new URL("../src/load/thread.ts", import.meta.url).href;
    await writeFile(
      file,
      `import { existsSync } from "node:fs";
      import { workerData } from "node:worker_threads";
      const look = setInterval(() => {
        if (workerData.assignment?.share.index !== 1) clearInterval(look);
        else if (existsSync(${JSON.stringify(signal)})) { clearInterval(look); ${mishap} }
      }, 20);
      await import(${JSON.stringify(thread)});`,
    );
    await carry(pathToFileURL(file));
  } finally {
    clearInterval(watch);
    await rm(directory, { recursive: true, force: true });
  }
}

test.each([
  ["dies", "process.exit(1);", "without a result"],
  ["throws", "throw new Error('the feed is used up');", "the feed is used up"],
])("a worker that %s fails the run, and the others end with it", async (_, mishap, cause) => {
  await withMishap(mishap, async (entry) => {
    const plan = planFor(server.port, { workers: 2, durationMs: 60_000 });
    const { final, intervals } = await generateRun(plan, lease, {
      carrier: (assignment, events) => startThreads(assignment, events, entry),
    });
    expect(final).toMatchObject({ state: "failed", cause: expect.stringContaining(cause) });
    expect(final.intervals).toBe(intervals.length);
    expect(final.spoiled.map(({ code }) => code)).toContain("interrupted");
    // What a worker has counted before it threw stands.
    if (cause === "the feed is used up") {
      expect(final.counts.completed).toBeGreaterThan(20);
      expect(final.generator.threadCpu).toBeGreaterThan(0);
    }
  });
});
