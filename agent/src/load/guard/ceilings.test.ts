import { type LoadPlan, shareOf } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Circumstances, type Claim, judgeCeilings, openWatch } from "./ceilings.ts";
import { type Policy, parsePolicy } from "./policy.ts";

function policyFor(limits: string, rest = ""): Policy {
  const parsed = parsePolicy(`allow: true\ntargets: []\nlimits: { ${limits} }\n${rest}`);
  if (parsed.kind !== "policy") throw new Error(parsed.faults.join());
  return parsed.policy;
}

const limits = "ratePerSecond: 100, connections: 10, durationSeconds: 60";
const policy = policyFor(limits);
const plan: LoadPlan = {
  driver: "http1",
  target: "http://x/",
  method: "GET",
  headers: [],
  body: "",
  pacing: { kind: "constant", ratePerSecond: 100 },
  precision: "precise",
  connections: 10,
  durationMs: 60_000,
  timeoutMs: 1_000,
};
/** A Wednesday noon, wherever this runs. */
const noonMs = new Date(2026, 10, 25, 12).getTime();
const alone: Circumstances = { others: [], cores: 8, startAtMs: noonMs };
const stages = (toPerSecond: number): LoadPlan["pacing"] => ({
  kind: "stages",
  fromPerSecond: 0,
  stages: [
    { durationMs: 30_000, toPerSecond },
    { durationMs: 30_000, toPerSecond: 0 },
  ],
});

test("allows what is exactly at every ceiling", () => {
  expect(judgeCeilings(policy, plan, alone)).toEqual({
    kind: "within",
    claim: { ratePerSecond: 100, connections: 10 },
  });
});

test.each([
  [{ pacing: { kind: "constant", ratePerSecond: 100.5 } }, "100.5 requests/s"],
  [{ pacing: { kind: "poisson", ratePerSecond: 101, seed: 1 } }, "101 requests/s"],
  [{ pacing: { kind: "ramp", fromPerSecond: 1, toPerSecond: 101 } }, "101 requests/s"],
  [{ pacing: stages(101) }, "101 requests/s"],
  [{ connections: 11 }, "11 connections"],
  [{ durationMs: 60_001 }, "60.001 s"],
  [{ durationMs: 59_000, warmupMs: 1_001 }, "60.001 s"],
  [{ workers: 5 }, "room for 4"],
  [{ driver: "fortio" }, "fortio"],
] as const)("refuses what is above a ceiling: %j", (change, reason) => {
  expect(judgeCeilings(policy, { ...plan, ...change } as LoadPlan, alone)).toMatchObject({
    kind: "above",
    code: "policy",
    reason: expect.stringContaining(reason),
  });
});

test.each([
  ["allow: false", { ...policy, allow: false }, {}],
  ["a rate of 0", policyFor("ratePerSecond: 0, connections: 9, durationSeconds: 9"), {}],
  ["a rate of 0 and a closed loop", { ...policy, ratePerSecondMax: 0 }, { kind: "max" }],
  ["workers", policyFor(`${limits}, workers: 1`), { workers: 2 }],
  ["drivers", policyFor(limits, "drivers: [http2]"), {}],
  ["no drivers", policyFor(limits, "drivers: []"), {}],
  ["quiet hours now", policyFor(limits, 'quietHours: ["11:00-13:00"]'), {}],
  ["quiet hours soon", policyFor(limits, 'quietHours: ["12:01-13:00"]'), {}],
] as const)("refuses by %s", (_, strict, change) => {
  const asked = { ...plan, ...("kind" in change ? { pacing: change } : change) };
  expect(judgeCeilings(strict, asked, alone)).toMatchObject({ kind: "above", code: "policy" });
});

test("names installed programs only when the policy does", () => {
  const asked = { ...plan, driver: "wrk2" as const };
  expect(judgeCeilings(policyFor(limits, "drivers: [wrk2]"), asked, alone).kind).toBe("within");
});

test("a run that ends before quiet hours begin is none of their business", () => {
  const quiet = policyFor(limits, 'quietHours: ["12:02-13:00"]');
  expect(judgeCeilings(quiet, plan, alone).kind).toBe("within");
  const later = { ...alone, startAtMs: noonMs + 60_001 };
  expect(judgeCeilings(quiet, plan, later).kind).toBe("above");
});

test("has room for one worker on the smallest host, and for as many as its share of the cores", () => {
  const workers = (count: number, cores: number) =>
    judgeCeilings(policy, { ...plan, workers: count }, { ...alone, cores }).kind;
  expect([workers(1, 1), workers(2, 2), workers(2, 4), workers(3, 4)]).toEqual([
    "within",
    "above",
    "within",
    "above",
  ]);
});

test("counts an agent's share of a run alone", () => {
  const asked: LoadPlan = {
    ...plan,
    pacing: { kind: "constant", ratePerSecond: 300 },
    connections: 31,
  };
  const part = (index: number) =>
    judgeCeilings(policy, { ...asked, share: { index, of: 3 } }, alone);
  expect(part(1)).toEqual({ kind: "within", claim: { ratePerSecond: 100, connections: 10 } });
  expect(part(0)).toMatchObject({ reason: expect.stringContaining("11 connections") });
});

test("counts what is under way", () => {
  const two = policyFor(`${limits}, runs: 2`);
  const other: Claim = { ratePerSecond: 60, connections: 4 };
  const asked = (change: Partial<LoadPlan>) =>
    judgeCeilings(two, { ...plan, connections: 6, ...change }, { ...alone, others: [other] });
  expect(asked({})).toMatchObject({ reason: expect.stringContaining("of which 40 are left") });
  const slow: Partial<LoadPlan> = { pacing: { kind: "constant", ratePerSecond: 40 } };
  expect(asked(slow)).toEqual({ kind: "within", claim: { ratePerSecond: 40, connections: 6 } });
  expect(asked({ ...slow, connections: 7 }).kind).toBe("above");
  expect(asked({ pacing: { kind: "max" } })).toMatchObject({ claim: { ratePerSecond: 40 } });
  const full = { ...alone, others: [other, other] };
  expect(judgeCeilings(two, plan, full)).toMatchObject({ kind: "above", code: "busy" });
});

test("whatever is admitted, one after the other, stays below the ceilings together", () => {
  const pacing = fc.oneof(
    fc.record({
      kind: fc.constant("constant" as const),
      ratePerSecond: fc.integer({ min: 1, max: 150 }),
    }),
    fc.record({ kind: fc.constant("max" as const) }),
  );
  const asked = fc.record({
    pacing,
    connections: fc.integer({ min: 1, max: 15 }),
    share: fc
      .integer({ min: 1, max: 4 })
      .chain((of) =>
        fc.record({ index: fc.integer({ min: 0, max: of - 1 }), of: fc.constant(of) }),
      ),
  });
  const many = policyFor(`${limits}, runs: 5`);
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 12 }), (list) => {
      const claims: Claim[] = [];
      let connections = 0;
      for (const change of list) {
        const verdict = judgeCeilings(many, { ...plan, ...change }, { ...alone, others: claims });
        if (verdict.kind === "above") continue;
        claims.push(verdict.claim);
        connections += shareOf(change.connections, change.share);
      }
      const rate = claims.reduce((total, { ratePerSecond }) => total + ratePerSecond, 0);
      expect(rate).toBeLessThanOrEqual(100);
      expect(connections).toBeLessThanOrEqual(10);
      expect(claims.length).toBeLessThanOrEqual(5);
    }),
  );
});

const second = { durationMs: 1_000, sent: 100, bytes: 1_000, cpu: 0.5 };
const claim: Claim = { ratePerSecond: 100, connections: 10 };
const watching = (change: Partial<Policy>, pacing: LoadPlan["pacing"] = { kind: "max" }) =>
  openWatch({ ...policy, ...change }, { pacing }, claim, 2);

test("ends a closed loop that exceeds its rate by more than a tenth, and no open one", () => {
  const closed = watching({});
  expect(closed({ ...second, sent: 110 })).toBeUndefined();
  expect(closed({ ...second, sent: 111 })).toContain("111 requests in a second");
  const open = watching({}, { kind: "constant", ratePerSecond: 100 });
  // After a stall the requests that were due meanwhile leave at once.
  expect(open({ ...second, sent: 1_000 })).toBeUndefined();
});

test("does not take a short stretch for a second", () => {
  expect(watching({})({ ...second, durationMs: 50, sent: 100 })).toBeUndefined();
  expect(watching({})({ ...second, durationMs: 2_000, sent: 220 })).toBeUndefined();
});

test("ends a run past its bytes, added up", () => {
  const watch = watching({ bytesMax: 2_500 });
  expect([watch(second), watch(second)]).toEqual([undefined, undefined]);
  expect(watch(second)).toContain("3000 bytes");
});

test("ends a run that stays above its share of the cores for five seconds, and none that dips below", () => {
  const watch = watching({ cpuShareMax: 0.5 });
  const busy = { ...second, cpu: 1.2 };
  for (let times = 0; times < 4; times += 1) expect(watch(busy)).toBeUndefined();
  // A worker that fills its one core, with what the agent does for it, is what the share has room for.
  expect(watch({ ...second, cpu: 1.05 })).toBeUndefined();
  for (let times = 0; times < 4; times += 1) expect(watch(busy)).toBeUndefined();
  expect(watch(busy)).toContain("1.20 cores for 5 s");
});
