import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AgentId,
  type BootId,
  type RefusalCode,
  type RunId,
  type SignedTask,
  type Task,
  type TaskKind,
  newId,
} from "@tidemark/proto";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { TaskDeps } from "./dispatch.ts";
import { type InboxDeps, carryOut } from "./inbox.ts";
import { openNonces } from "./nonces.ts";

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

const hub = generateKeyPairSync("ed25519");
const taskKey = Buffer.from(hub.publicKey.export({ format: "jwk" }).x!, "base64url").toString(
  "base64",
);
const agent = newId<AgentId>();
const run = newId<RunId>();
const nowMs = 1_700_000_000_000;
const lease: Task = { kind: "lease", run, ttlMs: 6_000 };

const plan = {
  driver: "http1" as const,
  target: "http://127.0.0.1:1/",
  method: "GET" as const,
  headers: [],
  body: "",
  pacing: { kind: "constant" as const, ratePerSecond: 1 },
  precision: "precise" as const,
  connections: 1,
  durationMs: 1_000,
  timeoutMs: 1_000,
};

let nonceCount = 0;
const freshNonce = () => `nonce-${(nonceCount += 1)}`.padEnd(16, "0");

function signed(change: Partial<SignedTask> = {}, key = hub.privateKey): Uint8Array {
  const content = {
    agent,
    nonce: freshNonce(),
    notBeforeMs: nowMs - 1_000,
    expiresMs: nowMs + 10_000,
    task: lease,
    ...change,
  };
  const payload = Buffer.from(JSON.stringify(content));
  return Buffer.from(
    JSON.stringify({
      payload: payload.toString("base64"),
      signature: sign(null, payload, key).toString("base64"),
    }),
  );
}

function inbox(options: { hubNowMs?: number | undefined; directory?: string } = {}) {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), "tidemark-inbox-"));
  if (options.directory === undefined) directories.push(directory);
  const calls: unknown[][] = [];
  const refusals: [RefusalCode, TaskKind | undefined][] = [];
  const done = (...call: unknown[]) => {
    calls.push(call);
    return { ok: true } as const;
  };
  const deps: InboxDeps = {
    agent,
    taskKey,
    hubNowMs: () => ("hubNowMs" in options ? options.hubNowMs : nowMs),
    now: () => nowMs,
    nonces: openNonces(join(directory, "nonces")),
    tasks: {
      now: () => nowMs,
      runs: {
        start: async (id, given, startAtMs) => done("start", id, given.target, startAtMs),
        tryOnce: async (given) => done("try", given.target),
        cancel: (id) => done("cancel", id),
        lease: (id, ttlMs) => done("lease", id, ttlMs),
      },
      replay: (boot, first, last) => {
        calls.push(["replay", boot, first, last]);
        return first === 1 ? 3 : 0;
      },
      resendTable: (hash) => hash === "0123456789abcdef",
      renew: (jwt) => (jwt === "good" ? undefined : "it is for another key"),
    },
    refused: (code, _reason, task) => refusals.push([code, task?.kind]),
    failed: (cause) => calls.push(["failed", String(cause)]),
  };
  return { deps, calls, refusals, directory };
}

test("carries out what the hub signed for this agent", async () => {
  const { deps, calls } = inbox();
  expect(await carryOut(signed(), deps)).toEqual({ ok: true });
  expect(await carryOut(signed({ task: { kind: "run", run, plan } }), deps)).toEqual({ ok: true });
  const later: Task = { kind: "run", run, plan, startAtMs: nowMs + 500 };
  expect(await carryOut(signed({ task: later }), deps)).toEqual({ ok: true });
  expect(await carryOut(signed({ task: { kind: "try", plan } }), deps)).toEqual({ ok: true });
  expect(await carryOut(signed({ task: { kind: "clock" } }), deps)).toEqual({
    ok: true,
    clockMs: nowMs,
  });
  expect(await carryOut(signed({ task: { kind: "cancel", run } }), deps)).toEqual({ ok: true });
  const boot = newId<BootId>();
  const replay = (firstSeq: number): Task => ({ kind: "replay", boot, firstSeq, lastSeq: 9 });
  expect(await carryOut(signed({ task: replay(1) }), deps)).toEqual({ ok: true });
  expect(await carryOut(signed({ task: replay(2) }), deps)).toMatchObject({ code: "failed" });
  const series = (hash: string): Task => ({ kind: "series", hash });
  expect(await carryOut(signed({ task: series("0123456789abcdef") }), deps)).toEqual({ ok: true });
  expect(await carryOut(signed({ task: series("f".repeat(16)) }), deps)).toMatchObject({
    ok: false,
  });
  expect(await carryOut(signed({ task: { kind: "renew", jwt: "good" } }), deps)).toEqual({
    ok: true,
  });
  expect(await carryOut(signed({ task: { kind: "renew", jwt: "bad" } }), deps)).toMatchObject({
    code: "malformed",
  });
  expect(calls).toEqual([
    ["lease", run, 6_000],
    ["start", run, plan.target, undefined],
    ["start", run, plan.target, nowMs + 500],
    ["try", plan.target],
    ["cancel", run],
    ["replay", boot, 1, 9],
    ["replay", boot, 2, 9],
  ]);
});

test.each([
  [
    "bad-signature",
    "signed by another key",
    () => signed({}, generateKeyPairSync("ed25519").privateKey),
  ],
  ["wrong-agent", "for another agent", () => signed({ agent: newId<AgentId>() })],
  [
    "not-yet-valid",
    "too early",
    () => signed({ notBeforeMs: nowMs + 2_001, expiresMs: nowMs + 9_000 }),
  ],
  ["expired", "too late", () => signed({ notBeforeMs: nowMs - 9_000, expiresMs: nowMs - 2_001 })],
  ["malformed", "valid for too long", () => signed({ expiresMs: nowMs + 700_000 })],
  ["malformed", "no JSON", () => Buffer.from("hello")],
  ["malformed", "no envelope", () => Buffer.from("{}")],
  [
    "malformed",
    "an unknown field, though signed",
    () => signed({ extra: 1 } as Partial<SignedTask>),
  ],
  ["malformed", "an unknown kind", () => signed({ task: { kind: "shell" } as unknown as Task })],
])("refuses as %s what is %s, and does nothing", async (code, _what, make) => {
  const { deps, calls, refusals } = inbox();
  expect(await carryOut(make(), deps)).toMatchObject({ ok: false, code });
  expect(calls).toEqual([]);
  expect(refusals).toEqual([[code, undefined]]);
});

test("takes a task's times for the hub's, however wrong this host's clock is", async () => {
  const { deps } = inbox({ hubNowMs: nowMs + 3_600_000 });
  expect(await carryOut(signed(), deps)).toMatchObject({ code: "expired" });
  const shifted = { notBeforeMs: nowMs + 3_599_000, expiresMs: nowMs + 3_610_000 };
  expect(await carryOut(signed(shifted), deps)).toEqual({ ok: true });
});

test("before the hub's clock is known, bears 30 s of difference", async () => {
  const { deps } = inbox({ hubNowMs: undefined });
  const early = { notBeforeMs: nowMs + 29_000, expiresMs: nowMs + 39_000 };
  expect(await carryOut(signed(early), deps)).toEqual({ ok: true });
  const tooEarly = { notBeforeMs: nowMs + 31_000, expiresMs: nowMs + 39_000 };
  expect(await carryOut(signed(tooEarly), deps)).toMatchObject({ code: "not-yet-valid" });
});

test("carries a task out once, and a run once over restarts", async () => {
  const { deps, directory } = inbox();
  const again = signed();
  expect(await carryOut(again, deps)).toEqual({ ok: true });
  expect(await carryOut(again, deps)).toMatchObject({ code: "replayed" });
  const once = signed({ task: { kind: "run", run, plan } });
  expect(await carryOut(once, deps)).toEqual({ ok: true });
  const { deps: restarted, calls } = inbox({ directory });
  expect(await carryOut(once, restarted)).toMatchObject({ code: "replayed" });
  expect(calls).toEqual([]);
});

test("refuses a run it cannot record, and still takes leases", async () => {
  const root = mkdtempSync(join(tmpdir(), "tidemark-inbox-"));
  directories.push(root);
  const { deps } = inbox({ directory: root });
  rmSync(root, { recursive: true });
  writeFileSync(root, "in the way");
  expect(await carryOut(signed({ task: { kind: "run", run, plan } }), deps)).toMatchObject({
    code: "failed",
  });
  expect(await carryOut(signed(), deps)).toEqual({ ok: true });
});

test("answers `failed` when carrying out throws", async () => {
  const { deps, calls } = inbox();
  const runs = {
    ...deps.tasks.runs,
    lease: () => {
      throw new Error("a bug");
    },
  };
  const reply = await carryOut(signed(), { ...deps, tasks: { ...deps.tasks, runs } });
  expect(reply).toMatchObject({ ok: false, code: "failed" });
  expect(calls).toEqual([["failed", "Error: a bug"]]);
});

test("tells of refusals by what was asked, believed or not", async () => {
  const { deps, refusals } = inbox();
  const tasks: TaskDeps = {
    ...deps.tasks,
    runs: {
      ...deps.tasks.runs,
      tryOnce: async () => ({ ok: false, code: "policy", reason: "not from here" }),
    },
  };
  await carryOut(signed({ task: { kind: "try", plan } }), { ...deps, tasks });
  const twice = signed();
  await carryOut(twice, deps);
  await carryOut(twice, deps);
  expect(refusals).toEqual([
    ["policy", "try"],
    ["replayed", undefined],
  ]);
});

test("refuses an envelope with any one bit of it flipped, and then takes the true one", async () => {
  const { deps, calls } = inbox();
  const sent = signed({ task: { kind: "run", run, plan } });
  const accepted: number[] = [];
  for (let bit = 0; bit < sent.length * 8; bit += 1) {
    const altered = Uint8Array.from(sent);
    altered[bit >> 3]! ^= 1 << (bit & 7);
    const reply = await carryOut(altered, deps);
    if (reply.ok) accepted.push(bit);
  }
  expect(accepted).toEqual([]);
  expect(calls).toEqual([]);
  expect(await carryOut(sent, deps)).toEqual({ ok: true });
});

test("refuses whatever bytes another may send", async () => {
  const { deps, calls } = inbox();
  const envelope = JSON.parse(Buffer.from(signed()).toString()) as Record<string, string>;
  const other = JSON.parse(Buffer.from(signed()).toString()) as Record<string, string>;
  const crossed = JSON.stringify({ payload: envelope["payload"], signature: other["signature"] });
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.json().map((json) => Buffer.from(json)),
    fc
      .record({ payload: fc.base64String(), signature: fc.base64String({ maxLength: 88 }) })
      .map((made) => Buffer.from(JSON.stringify(made))),
    fc.constant(Buffer.from(crossed)),
  );
  await fc.assert(
    fc.asyncProperty(text, async (bytes) => {
      expect((await carryOut(bytes, deps)).ok).toBe(false);
    }),
  );
  expect(calls).toEqual([]);
});
