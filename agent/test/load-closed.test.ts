// Closed loops and warm-ups, carried out by real threads against a real server.
import { type Counts, emptyCounts } from "@tidemark/proto";
import { afterEach, expect, test } from "vitest";
import { engineLimits } from "../src/load/limits.ts";
import { type Generated, generateRun, planFor } from "./generated.ts";
import { type Answer, type ScriptedServer, startScripted } from "./scripted-server.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const atOnce: Answer = (socket) => void socket.write(ok);
const servers: ScriptedServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(answer: Answer = atOnce): Promise<ScriptedServer> {
  const server = await startScripted(answer);
  servers.push(server);
  return server;
}

function expectEachOneFate({ final: { counts, unsent, inFlight }, response }: Generated): void {
  const failed = failures(counts);
  expect(counts.completed + failed + counts.dropped + unsent + inFlight).toBe(counts.due);
  expect(response.total).toBe(counts.completed + counts.errors.timeout + unsent + inFlight);
}

const failures = ({ errors }: Counts) =>
  Object.values(errors).reduce((sum, count) => sum + count, 0);

test("clients think between an answer and their next request", async () => {
  const server = await serve();
  const run = await generateRun(
    planFor(server.port, {
      pacing: { kind: "closed", clients: 4, thinkMs: 100 },
      connections: 4,
      durationMs: 1_500,
      workers: 2,
    }),
  );
  const { counts, spoiled } = run.final;
  // Four clients, ten requests a second each at the most; a busy machine has fewer.
  expect(counts.completed).toBeGreaterThan(20);
  expect(counts.due).toBeLessThanOrEqual(60);
  expect(server.connections()).toBeLessThanOrEqual(4);
  expect(spoiled.map(({ code }) => code)).not.toContain("rate-missed");
  expectEachOneFate(run);
});

test("as fast as possible keeps every connection busy, each worker its part of them", async () => {
  let busy = 0;
  let busyMax = 0;
  const server = await serve((socket) => {
    busy += 1;
    busyMax = Math.max(busyMax, busy);
    setTimeout(() => {
      busy -= 1;
      socket.write(ok);
    }, 20);
  });
  const run = await generateRun(
    planFor(server.port, {
      pacing: { kind: "max" },
      connections: 5,
      durationMs: 1_200,
      workers: 2,
    }),
  );
  expect(busyMax).toBe(5);
  expect(run.final.counts.completed).toBeGreaterThan(50);
  expect(run.final.inFlight + run.final.unsent).toBe(5);
  expectEachOneFate(run);
});

test("a dead target is not asked in a spin", async () => {
  const server = await serve();
  await server.stop();
  const run = await generateRun(
    planFor(server.port, { pacing: { kind: "max" }, connections: 2, durationMs: 1_000 }),
  );
  const { counts, spoiled } = run.final;
  expect(counts.errors.refused).toBeGreaterThan(2);
  expect(counts.due).toBeLessThanOrEqual(2 * (1 + 1_000 / engineLimits.failedClientPauseMs));
  expect(spoiled.map(({ code }) => code)).toContain("all-errors");
  expectEachOneFate(run);
});

test.each([
  ["an open loop", { kind: "constant", ratePerSecond: 100 }],
  ["a closed loop", { kind: "closed", clients: 4, thinkMs: 20 }],
] as const)(
  "a warm-up of %s is sent on the same connections and counted nowhere",
  async (_, pacing) => {
    const server = await serve();
    const run = await generateRun(
      planFor(server.port, { pacing, warmupMs: 600, durationMs: 1_200, workers: 2 }),
    );
    const { final, intervals } = run;
    const { counts } = final;
    expect(final.state).toBe("completed");
    expect(counts.completed).toBeGreaterThan(10);
    expect(server.requests()).toBeGreaterThan(counts.sent + 10);
    // Whatever connections the warm-up has opened, the run proper uses.
    expect(counts.connects).toBeLessThan(server.connections());
    expect(intervals.map(({ index }) => index)).toEqual([0, 1]);
    if (pacing.kind === "constant") expect(counts.due).toBe(120);
    expectEachOneFate(run);
  },
);

test("stopped while it warms up a run has counted nothing", async () => {
  let isWarm = () => {};
  const warm = new Promise<void>((resolve) => {
    isWarm = resolve;
  });
  const server = await serve((socket, index) => {
    socket.write(ok);
    if (index === 10) isWarm();
  });
  const { final } = await generateRun(
    planFor(server.port, { warmupMs: 60_000, workers: 2 }),
    (run) => {
      run.lease(60_000);
      void warm.then(() => run.end("cancelled", "enough"));
    },
  );
  expect(final).toMatchObject({ state: "cancelled", intervals: 0, unsent: 0, inFlight: 0 });
  expect(final.counts).toEqual(emptyCounts());
});
