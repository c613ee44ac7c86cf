import { emptyCounts, type Run, type RunAgent } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hdrLog } from "./hdr-log.ts";
import { degradedSentence, worstHealth } from "./parts.ts";
import { answerInWords, logAxis, placeOn } from "./search.ts";
import { loadInWords, ratePerSecondAt } from "./shape.ts";
import { flagOf, statementOf } from "./validity.ts";

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
  expect(statementOf(run({}))).toEqual({
    trust: "sound",
    sentence:
      "These numbers can be believed: the generator kept its schedule and sent 100 % of what was due.",
  });
});

test("a generator that kept its schedule does not make a run evidence", () => {
  const validity = { level: "invalid" as const, findings: [] };
  const { trust, sentence } = statementOf(run({}), validity);
  expect(trust).toBe("degraded");
  expect(sentence).toMatch(/no evidence/);
  expect(statementOf(run({}), { ...validity, level: "flagged" }).trust).toBe("sound");
});

test("a spoiled run names every reason", () => {
  const spoiled = [
    { code: "connection-limited" as const, detail: "" },
    { code: "dropped-requests" as const, detail: "" },
  ];
  expect(statementOf(run({ spoiled })).sentence).toBe(
    "Do not trust these latencies: all connections were busy, so requests waited for one and requests that were due were never sent.",
  );
});

test("a wait for a connection alone is what a user would have waited: to be read with care", () => {
  const spoiled = [{ code: "connection-limited" as const, detail: "" }];
  const { trust, sentence } = statementOf(run({ spoiled }));
  expect(trust).toBe("degraded");
  expect(sentence).toMatch(/^Read with care/);
  const counts = { due: 10, sent: 10, completed: 10, unexpected: 0, errors: errors(0) };
  expect(flagOf(run({ spoiled, counts: counts as Run["counts"] }))?.word).toBe("queued");
});

test("a refusal is not a result", () => {
  expect(statementOf(run({ state: "refused", cause: "the target is not allowed" })).sentence).toBe(
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

const agent = (name: string, change: Partial<RunAgent> = {}) =>
  ({
    agent: name,
    agentName: name,
    state: "completed",
    cause: "",
    generator: null,
    source: null,
    ...change,
  }) as RunAgent;

test("who was lost is named, with what the numbers are of then", () => {
  const lost = agent("b", { state: "lease-lapsed", cause: "the hub was not heard" });
  expect(degradedSentence(run({ agents: [agent("a"), lost] }))).toBe(
    "Degraded: b (the hub was not heard) did not see it through. What it had sent is counted; the rest of its share was not sent by the other agent.",
  );
  expect(degradedSentence(run({ agents: [agent("a"), agent("b")] }))).toBeUndefined();
  expect(degradedSentence(run({ agents: [lost] }))).toBeUndefined();
  const spoiled = [{ code: "agents-lost" as const, detail: "" }];
  expect(statementOf(run({ spoiled })).trust).toBe("degraded");
});

test("the worst of several generators, and what is unknown stays so", () => {
  const health = {
    threadCpu: 0.2,
    processCpu: 0.3,
    eventLoopDelayP99Ms: 1,
    eventLoopDelayMaxMs: 2,
    gcPauseMs: 3,
    latenessP99Micros: 4,
    latenessMaxMicros: 5,
    hostCpu: 0.5,
    hostSteal: null,
    hostCpuPressure: null,
  };
  const busier = { ...health, threadCpu: 0.9, hostCpu: null };
  expect(worstHealth([agent("a", { generator: health }), agent("b")])).toEqual(health);
  expect(
    worstHealth([agent("a", { generator: health }), agent("b", { generator: busier })]),
  ).toMatchObject({ threadCpu: 0.9, hostCpu: 0.5, hostSteal: null });
  expect(worstHealth([agent("a")])).toBeNull();
});

test.each<[Run["pacing"], number | undefined]>([
  [{ kind: "constant", ratePerSecond: 1_200 }, 1_200],
  [{ kind: "ramp", fromPerSecond: 0, toPerSecond: 100 }, 25],
  [
    {
      kind: "stages",
      fromPerSecond: 0,
      stages: [
        { durationMs: 2_000, toPerSecond: 80 },
        { durationMs: 6_000, toPerSecond: 80 },
      ],
    },
    80,
  ],
  [{ kind: "closed", clients: 1, thinkMs: 0 }, undefined],
  [{ kind: "max" }, undefined],
])("after 2 s of 8 s %j asks for %s requests/s", (shape, expected) => {
  expect(ratePerSecondAt(shape, 2, 8)).toBe(expected);
});

test("the list says the load, and of a search that has ended its answer", () => {
  const pacing = { kind: "constant" as const, ratePerSecond: 1_200 };
  expect(loadInWords({ pacing, search: null })).toBe("1,200/s");
  const search = { steps: [], answerPerSecond: 3_340, answer: "" };
  expect(loadInWords({ pacing, search })).toBe("capacity 3.34 k/s");
});

test("a search says what it tries, then its answer", () => {
  const step = {
    run: "a",
    ratePerSecond: 100,
    holds: true,
    evidence: "",
    responseMs: 2,
    errorRatio: 0,
    achievedPerSecond: 100,
  };
  const going = { ...step, run: "b", ratePerSecond: 200, holds: null };
  const search = { steps: [step, going], answerPerSecond: null, answer: "" };
  expect(answerInWords(search)).toBe("Trying 200/s. The highest rate that held so far is 100/s.");
  expect(answerInWords({ ...search, answer: "100/s it is." })).toBe("100/s it is.");
});

test("an axis holds all its values, with ticks within", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1 }),
      (values) => {
        const axis = logAxis(values);
        for (const value of values) {
          expect(placeOn(axis, value)).toBeGreaterThan(0);
          expect(placeOn(axis, value)).toBeLessThan(1);
        }
        expect(axis.ticks.length).toBeLessThan(14);
        expect(axis.ticks.every((tick) => tick >= axis.from && tick <= axis.to)).toBe(true);
      },
    ),
  );
});
