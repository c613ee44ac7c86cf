import { emptyCounts, type Run } from "@tidemark/proto";
import { expect, test } from "vitest";
import { hdrLog } from "./hdr-log.ts";
import { flagOf, verdictOf } from "./verdict.ts";

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
