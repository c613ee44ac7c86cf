import { mkdtemp, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type LoadPlan, type RunFinal, type RunId, type RunInterval, newId } from "@tidemark/proto";
import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LoadRunner, type LoadRunnerDeps, createLoadRunner } from "../src/load/runner.ts";
import type { StartCarrier } from "../src/load/carrier.ts";
import { startThreads } from "../src/load/threads.ts";
import { planFor } from "./generated.ts";
import { type ScriptedServer, startScripted } from "./scripted-server.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
let directory: string;
let server: ScriptedServer;
let runner: LoadRunner | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidemark-load-"));
  server = await startScripted((socket) => void socket.write(ok));
});
afterEach(async () => {
  await runner?.stop();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Watched {
  readonly runner: LoadRunner;
  readonly intervals: RunInterval[];
  readonly finals: [RunId, RunFinal][];
  readonly started: string[];
  readonly kills: [string, unknown][];
  readonly final: Promise<RunFinal>;
  readonly begun: Promise<void>;
}

function watched(change: Partial<LoadRunnerDeps> = {}): Watched {
  const intervals: RunInterval[] = [];
  const finals: [RunId, RunFinal][] = [];
  const started: string[] = [];
  const kills: [string, unknown][] = [];
  const final = Promise.withResolvers<RunFinal>();
  const begun = Promise.withResolvers<void>();
  const made = createLoadRunner({
    policyFile: join(directory, "policy.yaml"),
    publish: {
      interval(_, interval) {
        intervals.push(interval);
        begun.resolve();
      },
      final(run, result) {
        finals.push([run, result]);
        final.resolve(result);
      },
    },
    now: Date.now,
    log: pino({ level: "silent" }),
    started: (kind) => started.push(kind),
    killed: (by, fault) => kills.push([by, fault]),
    ...change,
  });
  runner = made;
  return {
    runner: made,
    intervals,
    finals,
    started,
    kills,
    final: final.promise,
    begun: begun.promise,
  };
}

const long = (change: Partial<LoadPlan> & { rate?: number } = {}) =>
  planFor(server.port, { durationMs: 60_000, ...change });

test("carries out a run and publishes one final after its intervals", async () => {
  const { runner, intervals, finals, final } = watched();
  const run = newId<RunId>();
  expect(await runner.start(run, planFor(server.port, { durationMs: 300 }))).toEqual({ ok: true });
  expect(runner.active()).toEqual([run]);
  const result = await final;
  expect(result).toMatchObject({ state: "completed", cause: "", intervals: 1 });
  expect(result.counts.due).toBe(30);
  expect(result.counts.completed).toBeGreaterThan(0);
  expect(intervals).toHaveLength(1);
  await runner.stop();
  expect(finals).toHaveLength(1);
  expect(runner.active()).toEqual([]);
});

test("carries out one run at a time, and takes the same start twice for one", async () => {
  const { runner, finals } = watched();
  const [first, second] = [newId<RunId>(), newId<RunId>()];
  const [one, two] = await Promise.all([runner.start(first, long()), runner.start(second, long())]);
  expect(one).toEqual({ ok: true });
  expect(two).toMatchObject({ ok: false, code: "busy" });
  expect(await runner.start(first, long())).toEqual({ ok: true });
  await runner.stop();
  expect(finals.map(([run, { state }]) => [run, state])).toEqual([[first, "cancelled"]]);
});

test("ends within a second when cancelled, flat out included", async () => {
  const { runner, final, begun } = watched();
  const run = newId<RunId>();
  await runner.start(run, long({ rate: 10_000 }));
  await begun;
  const askedMs = performance.now();
  expect(runner.cancel(run)).toEqual({ ok: true });
  const result = await final;
  expect(performance.now() - askedMs).toBeLessThan(1_000);
  expect(result).toMatchObject({ state: "cancelled", cause: "cancelled by the hub" });
  expect(result.spoiled.map(({ code }) => code)).toContain("interrupted");
  expect(result.generator.threadCpu).toBeGreaterThan(0);
  expect(runner.cancel(newId<RunId>())).toMatchObject({ ok: false, code: "unknown-run" });
});

test("ends when its lease lapses, and not while it is renewed", async () => {
  const { runner, final, intervals } = watched();
  const run = newId<RunId>();
  await runner.start(run, long());
  // Without renewal it would have lapsed before its second interval; after that nobody renews it.
  const renewal = setInterval(() => {
    if (intervals.length < 2) runner.lease(run, 1_900);
  }, 50);
  const result = await final;
  clearInterval(renewal);
  expect(result).toMatchObject({ state: "lease-lapsed" });
  expect(result.cause).toContain("lease");
  expect(intervals.length).toBeGreaterThan(1);
  expect(runner.lease(newId<RunId>(), 1_000)).toMatchObject({ ok: false, code: "unknown-run" });
});

test("ends when the kill switch appears, and starts nothing while it is there", async () => {
  const { runner, final } = watched();
  await runner.start(newId<RunId>(), long());
  expect(runner.allowed()).toBe(true);
  await writeFile(join(directory, "stop-load"), "");
  const result = await final;
  expect(result).toMatchObject({ state: "cancelled" });
  expect(result.cause).toContain("kill switch");
  expect(runner.allowed()).toBe(false);
  expect(await runner.start(newId<RunId>(), long())).toMatchObject({ ok: false, code: "policy" });
  await unlink(join(directory, "stop-load"));
  expect(runner.allowed()).toBe(true);
});

test("reads the policy again before each run; a malformed one means nobody", async () => {
  const { runner, started } = watched();
  const before = runner.policyHash();
  expect(before).toMatch(/^[0-9a-f]{16}$/);
  const policy = join(directory, "policy.yaml");
  const limits = "limits: { ratePerSecond: 50, connections: 8, durationSeconds: 100 }";
  await writeFile(policy, `allow: true\ntargets: [{ to: self }]\n${limits}\n`);
  expect(runner.policyHash()).not.toBe(before);
  const tooFast = await runner.start(newId<RunId>(), long({ rate: 51 }));
  expect(tooFast).toMatchObject({
    ok: false,
    code: "policy",
    reason: expect.stringContaining("allows 50"),
  });
  await writeFile(policy, `allow: true\ntargets: []\n${limits}\n`);
  expect(runner.allowed()).toBe(false);
  await writeFile(policy, "targets: {");
  expect(runner.allowed()).toBe(false);
  const refused = await runner.start(newId<RunId>(), long());
  expect(refused).toMatchObject({
    ok: false,
    code: "policy",
    reason: expect.stringContaining("malformed"),
  });
  expect(started).toEqual([]);
  expect(server.connections()).toBe(0);
});

test("connects to the address it checked, whatever the name says afterwards", async () => {
  const other = await startScripted((socket) => void socket.write(ok), "127.0.0.2").catch(
    () => undefined,
  );
  const asked: string[] = [];
  const { runner, final } = watched({
    resolve: async (host) => {
      asked.push(host);
      return [asked.length === 1 ? "127.0.0.1" : "169.254.169.254"];
    },
  });
  const target = `http://localhost:${server.port}/`;
  expect(await runner.start(newId<RunId>(), planFor(server.port, { target }))).toEqual({
    ok: true,
  });
  expect((await final).counts.completed).toBeGreaterThan(0);
  expect(asked).toEqual(["localhost"]);
  expect(server.received()).toContain(`Host: localhost:${server.port}`);
  const again = await runner.start(newId<RunId>(), planFor(server.port, { target }));
  expect(again).toMatchObject({
    ok: false,
    code: "policy",
    reason: expect.stringContaining("always refused"),
  });
  await other?.stop();
});

test("looks up no name that its policy does not name: a hub cannot ask an agent's resolver", async () => {
  const asked: string[] = [];
  const policy = join(directory, "policy.yaml");
  const { runner } = watched({
    resolve: async (host) => {
      asked.push(host);
      return ["127.0.0.1"];
    },
  });
  const start = (host: string) =>
    runner.start(
      newId<RunId>(),
      planFor(server.port, { target: `http://${host}:${server.port}/` }),
    );
  const refusal = {
    ok: false,
    code: "policy",
    reason: expect.stringContaining("secret.example is not named by this host's policy"),
  };
  expect(await start("secret.example")).toMatchObject(refusal);
  const limits = "limits: { ratePerSecond: 500, connections: 8, durationSeconds: 100 }";
  await writeFile(
    policy,
    `allow: true\ntargets: [{ to: 10.0.0.0/8 }, { to: api.example }]\n${limits}\n`,
  );
  expect(await start("secret.example")).toMatchObject(refusal);
  expect(asked).toEqual([]);
  await start("API.example.");
  expect(asked).toEqual(["api.example."]);
});

test("finds the address that answers when a name has several", async () => {
  const { runner, final } = watched({ resolve: async () => ["::1", "127.0.0.1"] });
  await runner.start(
    newId<RunId>(),
    planFor(server.port, { target: `http://localhost:${server.port}/` }),
  );
  const { counts } = await final;
  expect(counts.completed).toBeGreaterThan(0);
  expect(counts.errors.refused).toBe(0);
});

test.each([
  ["an unknown name", { target: "http://no-such-name.invalid/" }, "policy"],
  ["a neighbour", { target: "http://192.0.2.1/" }, "policy"],
  ["the metadata service", { target: "http://169.254.169.254/latest/meta-data" }, "policy"],
  ["credentials in the URL", { target: "http://user:s3cr3t-canary@127.0.0.1/" }, "unsupported"],
  ["a header of ours", { headers: [{ name: "Content-Length", value: "1" }] }, "unsupported"],
  ["a spin on two cores", { precision: "exact" }, "unsupported"],
] as const)("refuses %s with the reason and publishes nothing", async (_, change, code) => {
  const { runner, finals } = watched({ cores: 2 });
  const reply = await runner.start(
    newId<RunId>(),
    planFor(server.port, { ...change, headers: [...("headers" in change ? change.headers : [])] }),
  );
  expect(reply).toMatchObject({ ok: false, code });
  expect(JSON.stringify(reply)).not.toContain("s3cr3t-canary");
  expect(runner.active()).toEqual([]);
  expect(finals).toEqual([]);
});

const threadsOf =
  (file: string): StartCarrier =>
  (assignment, events) =>
    startThreads(assignment, events, pathToFileURL(file));

test.each([
  ["throws", "throw new Error('out of luck');", "out of luck"],
  ["ends without a word", "process.exit(3);", "without a result"],
])("publishes a final when the generator %s", async (_, program, cause) => {
  const file = join(directory, "broken.mjs");
  await writeFile(file, program);
  const { runner, finals, final } = watched({ carrier: threadsOf(file) });
  expect(await runner.start(newId<RunId>(), long())).toEqual({ ok: true });
  const result = await final;
  expect(result).toMatchObject({ state: "failed", cause: expect.stringContaining(cause) });
  await runner.stop();
  expect(finals).toHaveLength(1);
});

test("a generator that hangs is terminated and its run ends all the same", async () => {
  const file = join(directory, "hung.mjs");
  await writeFile(file, "for (;;);");
  const { runner, final } = watched({ carrier: threadsOf(file) });
  const run = newId<RunId>();
  await runner.start(run, long());
  const askedMs = performance.now();
  runner.cancel(run);
  expect(await final).toMatchObject({ state: "cancelled" });
  expect(performance.now() - askedMs).toBeLessThan(1_000);
});
