// What a host is promised about load tests, held against real runs: ceilings, sharing, start instants, the kill switch, and that
// a secret reaches its target and nothing that is written down.
import { readFileSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type LoadPlan,
  type RunFinal,
  type RunId,
  type TaskReply,
  newId,
  parseRunFinal,
  parseTaskReply,
  wholeShare,
} from "@tidemark/proto";
import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Assignment, StartCarrier } from "../src/load/carrier.ts";
import { emptyDelta } from "./empty-delta.ts";
import { installedPrograms } from "../src/load/programs/installed.ts";
import { type LoadRunner, type LoadRunnerDeps, createLoadRunner } from "../src/load/runner.ts";
import { startThreads } from "../src/load/threads.ts";
import { planFor } from "./generated.ts";
import { until } from "./support/broker.ts";

const canary = 'C4n4ry"5ecret/value';
const password = "C4n4ry-passw0rd";
/** Every form a canary may take on its way. */
const forms = [
  canary,
  password,
  encodeURIComponent(canary),
  JSON.stringify(canary).slice(1, -1),
  ...[canary, password, `me:${password}`].map((text) => Buffer.from(text).toString("base64")),
];

let directory: string;
let server: Server;
let port: number;
/** Request headers and bodies as the target saw them. */
let seen: string[];
const runners: LoadRunner[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tidemark-safety-"));
  seen = [];
  // Sends back all it gets, as a target that is curious or careless would.
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const echo = JSON.stringify({ ...request.headers, body: Buffer.concat(chunks).toString() });
      seen.push(`${request.rawHeaders.join("\n")}\n${Buffer.concat(chunks).toString()}`);
      response.end(echo);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

const inDirectory = (name: string) => join(directory, name);

async function writePolicy(limits: string, rest = ""): Promise<void> {
  const all = `ratePerSecond: 500, connections: 32, durationSeconds: 100, ${limits}`;
  const text = `allow: true\ntargets: [{ to: self }]\nlimits: { ${all} }\n${rest}\n`;
  await writeFile(inDirectory("policy.yaml"), text, { mode: 0o600 });
}

interface Watched {
  readonly runner: LoadRunner;
  /** Everything that was said to anybody: logs, intervals, finals, replies. */
  readonly said: string[];
  readonly started: string[];
  readonly finals: Map<RunId, RunFinal>;
  start(plan: LoadPlan, startAtMs?: number, run?: RunId): Promise<TaskReply>;
  tryOnce(plan: LoadPlan): Promise<TaskReply>;
  final(run: RunId): Promise<RunFinal>;
}

function watched(change: Partial<LoadRunnerDeps> = {}): Watched {
  const said: string[] = [];
  const started: string[] = [];
  const finals = new Map<RunId, RunFinal>();
  const hear = <T>(thing: T): T => {
    said.push(JSON.stringify(thing));
    return thing;
  };
  const runner = createLoadRunner({
    policyFile: inDirectory("policy.yaml"),
    publish: {
      interval: (_, interval) => hear(interval),
      final: (run, final) => finals.set(run, hear(final)),
    },
    now: Date.now,
    log: pino({ level: "debug" }, { write: (line: string) => void said.push(line) }),
    started: (kind) => started.push(kind),
    killed: (by, fault) => hear([by, String(fault)]),
    ...change,
  });
  runners.push(runner);
  return {
    runner,
    said,
    started,
    finals,
    start: async (plan, startAtMs, run = newId<RunId>()) =>
      hear(await runner.start(run, plan, startAtMs)),
    tryOnce: async (plan) => hear(await runner.tryOnce(plan)),
    async final(run) {
      await until(() => finals.has(run), `run ${run} has no final`);
      return finals.get(run)!;
    },
  };
}

const planOf = (change: Partial<LoadPlan> & { rate?: number } = {}) =>
  planFor(port, { durationMs: 30_000, ...change });

/** A carrier that only keeps what it was given. */
function recording(): { readonly carrier: StartCarrier; readonly given: Assignment[] } {
  const given: Assignment[] = [];
  const carrier: StartCarrier = (assignment) => {
    given.push(assignment);
    return { stop: () => undefined, terminate: async () => undefined };
  };
  return { carrier, given };
}

const secretPlan = (change: Partial<LoadPlan> = {}) =>
  planOf({
    method: "POST",
    headers: [{ name: "X-Token", value: "{{secret.token}}" }],
    body: "token={{secret.token}}",
    auth: { kind: "basic", username: "me", passwordSecret: "password" },
    durationMs: 1_200,
    rate: 20,
    ...change,
  });
const writeSecrets = (text: string, mode = 0o600) =>
  writeFile(inDirectory("secrets.yaml"), text, { mode });
const goodSecrets = `token: '${canary}'\npassword: { value: ${password}, targets: [self] }\n`;

function expectSilence(said: readonly string[]): void {
  const all = said.join("\n");
  expect(forms.filter((form) => all.includes(form))).toEqual([]);
}

test("a run's secrets reach the target, and nothing that is told", async () => {
  await writeSecrets(goodSecrets);
  const { start, final, said } = watched();
  const run = newId<RunId>();
  expect(await start(secretPlan(), undefined, run)).toEqual({ ok: true });
  const { state, counts } = await final(run);
  expect(state).toBe("completed");
  expect(counts.completed).toBeGreaterThan(0);
  expect(seen[0]).toContain(canary);
  expect(seen[0]).toContain(Buffer.from(`me:${password}`).toString("base64"));
  expect(said.length).toBeGreaterThan(3);
  expectSilence(said);
  // The process is what `ps` shows of it: its arguments and its environment.
  for (const file of ["cmdline", "environ"])
    expectSilence([readFileSync(`/proc/self/${file}`, "latin1")]);
});

test("a try shows what was sent and received, and templates where its secrets stood", async () => {
  await writeSecrets(goodSecrets);
  const { tryOnce, said, started } = watched();
  const reply = parseTaskReply(Buffer.from(JSON.stringify(await tryOnce(secretPlan()))));
  if (!reply.ok || reply.exchange === undefined) throw new Error(JSON.stringify(reply));
  expect(reply.exchange).toMatchObject({ status: 200, expected: true, error: null });
  expect(seen).toHaveLength(1);
  expect(seen[0]).toContain(canary);
  expect(reply.exchange.request).toContain("{{secret.token}}");
  expect(reply.exchange.response).toContain('"x-token":"{{secret.token}}"');
  expect(reply.exchange.response).toContain('"authorization":"Basic {{secret.password}}"');
  expect(started).toEqual(["try"]);
  expectSilence(said);
});

test.each([
  ["a file that others may read", goodSecrets, 0o644, "chmod 0600"],
  [
    "a file with a fault",
    `token: ['${canary}']\npassword: ${password}\n`,
    0o600,
    "token: it must be text",
  ],
  ["a file that is no YAML", `token: "${canary}" "${password}"\n`, 0o600, "see line 1"],
  ["a secret that is not there", `token: '${canary}'\n`, 0o600, "secret password is not in"],
  [
    "a secret for another target",
    `token: { value: '${canary}', targets: ["10.0.0.0/8"] }\npassword: ${password}\n`,
    0o600,
    "secret token is not for 127.0.0.1",
  ],
])("refuses run and try with %s, and says no value", async (_, text, mode, reason) => {
  await writeSecrets(text, mode);
  const { start, tryOnce, said, started } = watched();
  for (const reply of [await start(secretPlan()), await tryOnce(secretPlan())])
    expect(reply).toMatchObject({
      ok: false,
      code: "policy",
      reason: expect.stringContaining(reason),
    });
  expect(seen).toEqual([]);
  expect(started).toEqual([]);
  expectSilence(said);
});

test("a secret that cannot stand where the plan puts it is not shown for it", async () => {
  await writeSecrets(`token: "${password}\\n${password}"\npassword: ${password}\n`);
  const { start, tryOnce, final, said } = watched();
  const run = newId<RunId>();
  await start(secretPlan(), undefined, run);
  expect(await final(run)).toMatchObject({ state: "failed" });
  expect(await tryOnce(secretPlan())).toMatchObject({ ok: false });
  expect(seen).toEqual([]);
  expectSilence(said);
});

test("threads that fail with their secrets on their lips say none", async () => {
  await writeSecrets(goodSecrets);
  const file = inDirectory("blabber.mjs");
  await writeFile(
    file,
    `import { workerData } from "node:worker_threads";
     const { token, password } = workerData.assignment.secrets;
     throw new Error(token + " " + JSON.stringify({ token }) + " " + btoa("me:" + password));`,
  );
  const entry = pathToFileURL(file);
  const { start, tryOnce, final, said } = watched({
    carrier: (assignment, events) => startThreads(assignment, events, entry),
    trialEntry: entry,
  });
  const run = newId<RunId>();
  await start(secretPlan(), undefined, run);
  expect((await final(run)).cause).toContain("{{secret.token}}");
  expect(await tryOnce(secretPlan())).toMatchObject({
    ok: false,
    code: "failed",
    reason: expect.stringContaining("{{secret.password}}"),
  });
  expectSilence(said);
});

test("hands a run the secrets that it names, read anew", async () => {
  const { carrier, given } = recording();
  const { start, runner } = watched({ carrier });
  const plain = newId<RunId>();
  await writeSecrets("broken: [", 0o644);
  expect(await start(planOf(), undefined, plain)).toEqual({ ok: true });
  runner.cancel(plain);
  await until(() => runner.active().length === 0, "it did not end");
  await rm(inDirectory("secrets.yaml"));
  await writeSecrets(`${goodSecrets}other: x\n`);
  expect(await start(secretPlan())).toEqual({ ok: true });
  expect(given.map(({ secrets }) => secrets)).toEqual([{}, { token: canary, password }]);
});

test("holds a closed loop to the rate that the policy leaves it, and says so", async () => {
  await writePolicy("cpuShare: 1");
  const { start, final } = watched();
  const run = newId<RunId>();
  const fast = planOf({ pacing: { kind: "max" }, durationMs: 2_500, warmupMs: 500, workers: 2 });
  expect(await start(fast, undefined, run)).toEqual({ ok: true });
  const { state, cause, counts, remarks } = await final(run);
  expect([state, cause]).toEqual(["completed", ""]);
  expect(counts.sent).toBeGreaterThan(500);
  expect(counts.sent).toBeLessThanOrEqual(2.5 * 500 * 1.05);
  expect(remarks).toEqual([expect.stringContaining("held this closed loop to 500 requests/s")]);
});

test("ends a closed loop that no carrier holds to its rate", async () => {
  await writePolicy("cpuShare: 1");
  const { start, final } = watched({
    carrier: (assignment, events) =>
      startThreads({ ...assignment, ratePerSecondMax: undefined }, events),
  });
  const run = newId<RunId>();
  expect(await start(planOf({ pacing: { kind: "max" } }), undefined, run)).toEqual({ ok: true });
  const { state, cause, counts } = await final(run);
  expect(state).toBe("failed");
  expect(cause).toMatch(/requests in a second, the host's policy leaves a closed loop 500/);
  expect(counts.sent).toBeGreaterThan(550);
});

test("ends a run at its ceiling of bytes", async () => {
  await writePolicy("bytesPerRun: 2000");
  const { start, final } = watched();
  const run = newId<RunId>();
  await start(planOf({ rate: 50 }), undefined, run);
  expect(await final(run)).toMatchObject({
    state: "failed",
    cause: expect.stringContaining("the host's policy allows 2000"),
  });
});

test("ends a run that takes more of the cores than its share for five seconds, with what runs beside it", async () => {
  await writePolicy("cpuShare: 0.5, runs: 2");
  const reports = new Map<string, () => void>();
  const carrier: StartCarrier = ({ run }, events) => {
    let startedAtMs = 0;
    reports.set(run, () => {
      events.report({
        kind: "interval",
        startedAtMs: (startedAtMs += 1_000),
        durationMs: 1_000,
        backlog: 0,
        inFlight: 0,
        threadCpu: 0.6,
        delta: emptyDelta(),
      });
    });
    return { stop: () => undefined, terminate: async () => undefined };
  };
  const { start, final } = watched({ carrier, cores: 2 });
  const [first, second] = [newId<RunId>(), newId<RunId>()];
  const plan = planOf({ rate: 5, connections: 1, mayShare: true });
  expect(await start(plan, undefined, first)).toEqual({ ok: true });
  for (let times = 0; times < 6; times += 1) reports.get(first)!();
  expect(await start(plan, undefined, second)).toEqual({ ok: true });
  for (let times = 0; times < 5; times += 1) reports.get(second)!();
  expect((await final(second)).cause).toContain("1.20 cores for 5 s");
});

test("several runs at once only when all say so and the policy has room", async () => {
  await writePolicy("runs: 2");
  const { carrier } = recording();
  const { start, runner } = watched({ carrier });
  const shared = { rate: 200, connections: 10, mayShare: true };
  const busy = { ok: false, code: "busy" };
  expect(await start(planOf(shared))).toEqual({ ok: true });
  expect(await start(planOf({ ...shared, mayShare: false }))).toMatchObject(busy);
  expect(await start(planOf({ ...shared, rate: 301 }))).toMatchObject({
    code: "policy",
    reason: expect.stringContaining("of which 300 are left"),
  });
  const [one, two] = await Promise.all([start(planOf(shared)), start(planOf(shared))]);
  expect([one, two]).toEqual([{ ok: true }, expect.objectContaining(busy)]);
  expect(runner.active()).toHaveLength(2);
});

test("a run alone on its host stays alone, tries included", async () => {
  await writePolicy("runs: 3");
  const { carrier } = recording();
  const { start, tryOnce } = watched({ carrier });
  expect(await start(planOf())).toEqual({ ok: true });
  const busy = { ok: false, code: "busy" };
  expect(await start(planOf({ mayShare: true }))).toMatchObject(busy);
  expect(await tryOnce(planOf())).toMatchObject(busy);
});

test("counts an agent's share alone against the ceilings", async () => {
  await writePolicy("runs: 1");
  const { carrier, given } = recording();
  const { start } = watched({ carrier });
  const whole = { rate: 1_500, connections: 96 };
  expect(await start(planOf(whole))).toMatchObject({ code: "policy" });
  const share = { index: 1, of: 3 };
  expect(await start(planOf({ ...whole, share }))).toEqual({ ok: true });
  expect(given[0]).toMatchObject({ share, policyFile: inDirectory("policy.yaml") });
});

test("waits for the start instant, and refuses one that has passed or lies too far ahead", async () => {
  const { carrier, given } = recording();
  const nowMs = 1_700_000_000_000;
  const { start } = watched({ carrier, now: () => nowMs });
  expect(await start(planOf(), nowMs)).toMatchObject({ ok: false, code: "too-late" });
  expect(await start(planOf(), nowMs - 40)).toMatchObject({
    code: "too-late",
    reason: expect.stringContaining("40 ms ago"),
  });
  expect(await start(planOf(), nowMs + 60_001)).toMatchObject({ ok: false, code: "malformed" });
  expect(await start(planOf(), nowMs + 60_000)).toEqual({ ok: true });
  expect(given).toMatchObject([{ startAtMs: nowMs + 60_000, share: wholeShare }]);
});

test("a start instant that passes while the target resolves is too late", async () => {
  let nowMs = 1_700_000_000_000;
  const { carrier, given } = recording();
  const { start, runner } = watched({
    carrier,
    now: () => nowMs,
    async resolve(host) {
      nowMs += 1_000;
      return [host];
    },
  });
  expect(await start(planOf(), nowMs + 500)).toMatchObject({ ok: false, code: "too-late" });
  expect(given).toEqual([]);
  expect(runner.active()).toEqual([]);
});

test("requests leave at the start instant and not before", async () => {
  const { start, final } = watched();
  const run = newId<RunId>();
  const startAtMs = Date.now() + 1_500;
  expect(await start(planOf({ durationMs: 300 }), startAtMs, run)).toEqual({ ok: true });
  expect(seen).toEqual([]);
  const { startedAtMs } = parseRunFinal(Buffer.from(JSON.stringify(await final(run))));
  expect(startedAtMs).toBeGreaterThanOrEqual(startAtMs - 1);
});

test("a kill ends runs and tries at once, is written down, and holds for others", async () => {
  await writePolicy("runs: 2");
  const file = inDirectory("hung.mjs");
  await writeFile(file, "setInterval(() => undefined, 1_000);");
  const { start, tryOnce, final, runner, said, started } = watched({
    trialEntry: pathToFileURL(file),
  });
  const [first, second] = [newId<RunId>(), newId<RunId>()];
  const shared = { rate: 100, mayShare: true };
  await start(planOf(shared), undefined, first);
  const trial = tryOnce(planOf(shared));
  await until(() => started.includes("try"), "the try did not begin");
  const askedMs = performance.now();
  runner.kill("SIGUSR2");
  expect(await final(first)).toMatchObject({
    state: "cancelled",
    cause: expect.stringContaining("kill switch"),
  });
  expect(await trial).toMatchObject({ ok: false, reason: expect.stringContaining("kill switch") });
  expect(performance.now() - askedMs).toBeLessThan(1_000);
  expect(readFileSync(inDirectory("stop-load"), "utf8")).toContain("Set by SIGUSR2 at 20");
  expect(said.join()).toContain('["SIGUSR2","undefined"]');
  const refusal = { ok: false, code: "policy", reason: expect.stringContaining("kill switch") };
  expect(await start(planOf(shared), undefined, second)).toMatchObject(refusal);
  expect(await tryOnce(planOf())).toMatchObject(refusal);
  expect(await watched().start(planOf())).toMatchObject(refusal);
  await rm(inDirectory("stop-load"));
  expect(await start(planOf(shared))).toEqual({ ok: true });
});

test("ends what runs when the policy no longer allows it", async () => {
  await writePolicy("runs: 1");
  const { start, final } = watched();
  const run = newId<RunId>();
  await start(planOf(), undefined, run);
  await writeFile(inDirectory("policy.yaml"), "allow: perhaps\n");
  expect(await final(run)).toMatchObject({
    state: "cancelled",
    cause: expect.stringContaining("malformed"),
  });
});

test("ends what runs when quiet hours begin, and starts nothing in them", async () => {
  await writePolicy("runs: 1");
  let nowMs = new Date(2026, 10, 25, 11, 59, 58).getTime();
  const { start, final } = watched({ now: () => nowMs });
  const run = newId<RunId>();
  await start(planOf(), undefined, run);
  await writePolicy("runs: 1", 'quietHours: ["12:00-13:00"]');
  expect(await start(planOf())).toMatchObject({ code: "busy" });
  nowMs += 2_000;
  expect(await final(run)).toMatchObject({
    state: "cancelled",
    cause: expect.stringContaining("quiet hours began"),
  });
  expect(await start(planOf())).toMatchObject({
    code: "policy",
    reason: expect.stringContaining("quiet hours, which begin 2026-11-25 12:00"),
  });
});

/** What `ps` shows of every process: arguments, and for the same user the environment. */
function processes(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) =>
      ["cmdline", "environ"].map((file) => {
        try {
          return readFileSync(`/proc/${pid}/${file}`, "latin1");
        } catch {
          // It has ended, or belongs to another.
          return "";
        }
      }),
    );
}

test("starts an installed program only where the policy names it, and shows no secret in its arguments", async () => {
  const plan = secretPlan({
    driver: "wrk",
    headers: [],
    body: "",
    pacing: { kind: "max" },
    precision: "precise",
    connections: 1,
    durationMs: 2_000,
  });
  await writeSecrets(goodSecrets);
  const { start, final, said } = watched();
  expect(await start(plan)).toMatchObject({
    ok: false,
    code: "policy",
    reason: expect.stringContaining("the wrk driver is not among those"),
  });
  expect(seen).toEqual([]);
  await writePolicy("cpuShare: 1", "drivers: [wrk]");
  const run = newId<RunId>();
  const reply = await start(plan, undefined, run);
  if ((await installedPrograms()).wrk === undefined)
    expect(reply).toMatchObject({
      ok: false,
      code: "unsupported",
      reason: expect.stringContaining("wrk is not installed on this host"),
    });
  else {
    expect(reply).toEqual({ ok: true });
    await until(() => seen.length > 0, "wrk sends nothing");
    const running = processes();
    expect(running.some((text) => text.includes("load.lua"))).toBe(true);
    expectSilence(running);
    expect(await final(run)).toMatchObject({ source: { generator: "wrk" } });
    expect(seen[0]).toContain(Buffer.from(`me:${password}`).toString("base64"));
  }
  expectSilence(said);
  expect(await start({ ...plan, driver: "http1" })).toMatchObject({ code: "policy" });
});

test("tries one request at a time, and asks its policy before", async () => {
  const { tryOnce, started } = watched();
  const plan = planOf({ rate: 1_000_000, connections: 10_000, timeoutMs: 3_000 });
  const replies = await Promise.all([tryOnce(plan), tryOnce(plan)]);
  expect(replies).toMatchObject([{ ok: true }, { ok: false, code: "busy" }]);
  expect(seen).toHaveLength(1);
  expect(started).toEqual(["try"]);
  const elsewhere = { ...plan, target: "http://192.0.2.1/" };
  expect(await tryOnce(elsewhere)).toMatchObject({ ok: false, code: "policy" });
  const faulty = { ...plan, target: "tcp://127.0.0.1:1" };
  expect(await tryOnce(faulty)).toMatchObject({ ok: false, code: "unsupported" });
  const installed = { ...plan, driver: "wrk" as const, pacing: { kind: "max" as const } };
  expect(await tryOnce(installed)).toMatchObject({ ok: false, code: "unsupported" });
  await writePolicy("runs: 1", "drivers: [http2]");
  expect(await tryOnce(plan)).toMatchObject({ ok: false, code: "policy" });
  await writePolicy("runs: 1", "tries: false");
  expect(await tryOnce(plan)).toMatchObject({
    ok: false,
    code: "policy",
    reason: expect.stringContaining("allows no tries"),
  });
  expect(started).toEqual(["try"]);
});

test("a try that hangs is ended", async () => {
  const file = inDirectory("silent.mjs");
  await writeFile(file, "process.exit(0);");
  const { tryOnce } = watched({ trialEntry: pathToFileURL(file) });
  expect(await tryOnce(planOf())).toMatchObject({
    ok: false,
    code: "failed",
    reason: "its thread ended without an outcome",
  });
});
