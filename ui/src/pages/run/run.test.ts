import { emptyCounts, type Run } from "@tidemark/proto";
import { expect, test } from "vitest";
import { describePlan, emptyDraft, fieldOfPointer, planOf, type Draft } from "./plan.ts";
import { hdrLog } from "./hdr-log.ts";
import { flagOf, verdictOf } from "./verdict.ts";

const draft = (change: Partial<Draft>): Draft => ({
  ...emptyDraft,
  agent: "a".repeat(16),
  target: "http://127.0.0.1:8080/",
  ...change,
});

test("the defaults with an agent and a target are a plan", () => {
  expect(planOf(draft({}))).toMatchObject({
    kind: "plan",
    plan: { ratePerSecond: 500, connections: 16, durationSeconds: 20 },
  });
});

test.each([
  ["agent", { agent: "" }],
  ["target", { target: "" }],
  ["target", { target: "https://example.test/" }],
  ["target", { target: "ftp:/x" }],
  ["rate", { rate: "0" }],
  ["rate", { rate: "lots" }],
  ["rate", { rate: "1000001" }],
  ["connections", { connections: "1.5" }],
  ["duration", { duration: "" }],
  ["timeout", { timeout: "0" }],
  ["headers", { headers: "no colon" }],
  ["headers", { headers: "Bad Name: x" }],
] as const)("the field %s is at fault for %j", (field, change) => {
  const planned = planOf(draft(change));
  expect(planned.kind === "faulty" && Object.keys(planned.faults)).toEqual([field]);
});

test("all faults are named at once", () => {
  const planned = planOf(draft({ rate: "", target: "", connections: "x" }));
  expect(planned.kind === "faulty" && Object.keys(planned.faults).toSorted()).toEqual([
    "connections",
    "rate",
    "target",
  ]);
});

test("headers are read one a line", () => {
  const planned = planOf(draft({ headers: "X-One: 1\n\nAuthorization: Bearer a:b" }));
  expect(planned.kind === "plan" && planned.plan.headers).toEqual([
    { name: "X-One", value: "1" },
    { name: "Authorization", value: "Bearer a:b" },
  ]);
});

test("the summary says what will be sent", () => {
  const planned = planOf(draft({}));
  expect(planned.kind === "plan" && describePlan(planned.plan, "rack-1")).toBe(
    "rack-1 sends GET http://127.0.0.1:8080/: 500 requests a second for 20 s, 10,000 in all, over 16 connections. A response that takes longer than 5 s counts as an error.",
  );
});

test.each([
  ["/ratePerSecond", "rate"],
  ["/headers/0/name", "headers"],
  ["/nothing", undefined],
  [undefined, undefined],
])("the pointer %s means the field %s", (pointer, field) =>
  expect(fieldOfPointer(pointer)).toBe(field),
);

const summary = { count: 10, mean: 1, min: 1, p50: 1, p90: 1, p95: 1, p99: 1, p999: 1, max: 1 };
const run = (change: Partial<Run>) =>
  ({
    state: "completed",
    cause: "",
    response: summary,
    spoiled: [],
    counts: { due: 10, sent: 10 },
    ...change,
  }) as Run;

test("a sound run says so", () => {
  expect(verdictOf(run({}))).toEqual({
    trust: "sound",
    sentence:
      "These numbers can be believed: the generator kept its schedule and sent 100 % of what was due.",
  });
});

test("a spoiled run names every reason", () => {
  const spoiled = [
    { code: "connection-limited" as const, detail: "" },
    { code: "dropped-requests" as const, detail: "" },
  ];
  expect(verdictOf(run({ spoiled })).sentence).toBe(
    "Do not trust these latencies: all connections were busy, so requests waited for one and requests that were due were never sent.",
  );
});

test("a refusal is not a result", () => {
  expect(verdictOf(run({ state: "refused", cause: "the target is not allowed" })).sentence).toBe(
    "The agent refused this test: the target is not allowed.",
  );
});

test("the download is an HdrHistogram log with a line for each basis", () => {
  const text = hdrLog({
    startedAtMs: 1_000,
    seconds: 20,
    maxMicros: { response: 2_500, service: 1, lateness: 1 },
    encoded: { response: "A", service: "B", lateness: "C" },
  });
  expect(text.split("\n")[0]).toBe("#[Histogram log format version 1.3]");
  expect(text).toContain("Tag=response,0.000,20.000,2.500,A\n");
});

test.each<[string, Partial<Run["counts"]>, Partial<Run>, string | undefined]>([
  ["sound", {}, {}, undefined],
  ["without one success", { completed: 0, statuses: {}, errors: errors(10) }, {}, "bad all failed"],
  ["answered with errors alone", { statuses: { 500: 10 }, unexpected: 10 }, {}, "bad all failed"],
  ["spoiled", {}, { spoiled: [{ code: "rate-missed", detail: "half of it" }] }, "warn spoiled"],
  ["with a failure", { statuses: { 200: 9, 500: 1 }, unexpected: 1 }, {}, "warn errors"],
  ["still going", { completed: 0, errors: errors(1) }, { state: "running" }, undefined],
])("a run %s is marked in the list", (_, counts, change, expected) => {
  const whole = { ...emptyCounts(), due: 10, sent: 10, completed: 10, statuses: { 200: 10 } };
  const flag = flagOf(run({ ...change, counts: { ...whole, ...counts } }));
  expect(flag && `${flag.tone} ${flag.word}`).toBe(expected);
});

function errors(refused: number) {
  return { ...emptyCounts().errors, refused };
}
