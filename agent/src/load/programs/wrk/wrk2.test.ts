import { expect, test } from "vitest";
import { parseRecording, readRecording, rejectionOf } from "../../../../test/recorded.ts";

const recorded = async (name: string) => await parseRecording(readRecording("wrk2", name));

test("takes every response of a short run into the corrected histogram", async () => {
  const run = await recorded("ok");
  expect(run.counts).toMatchObject({ due: 101, sent: 101, completed: 101, unexpected: 0 });
  // The answer that ends the run is counted and not recorded.
  expect(run.response.total).toBe(100);
  expect(run.measured.source).toEqual({ exact: true, relativeErrorMax: null });
  expect(run.intervals).toHaveLength(1);
});

test("takes the uncorrected latency from the text and says what it may be off by", async () => {
  const run = await recorded("ok");
  expect(run.service.total).toBe(run.response.total);
  expect(run.service.percentile(50)).toBeLessThan(run.response.percentile(50));
  expect(run.measured.remarks[0]).toMatch(/right to \d+\.\d %/);
});

test("says that a median below 2 ms is its own timer", async () => {
  const { measured } = await recorded("ok");
  expect(measured.remarks.join("\n")).toMatch(/below 2 ms.*timer/);
});

test("says that calibration threw ten seconds away", async () => {
  const { counts, response, measured } = await recorded("calibrated");
  expect(counts.completed).toBe(701);
  expect(response.total).toBeLessThan(counts.completed / 2);
  expect(measured.remarks.join("\n")).toMatch(
    `the histograms hold ${response.total} of ${counts.completed} requests`,
  );
});

test("does not take its timeouts for errors: it counts idle connections", async () => {
  const { counts, measured } = await recorded("idle-timeouts");
  expect(counts.errors.timeout).toBe(0);
  expect(counts.unexpected).toBe(0);
  expect(measured.remarks.join("\n")).toMatch(/wrk2 said \d+ timeouts.*idle/);
});

test.each([["hang"], ["close"]])("%s: what was never answered is unsent", async (name) => {
  const { counts, measured, response } = await recorded(name);
  expect(counts).toMatchObject({ due: 40, sent: 0, completed: 0 });
  expect(measured.unsent).toBe(40);
  expect(response.total).toBe(0);
  expect(measured.remarks.join("\n")).toMatch("40 due requests were never answered");
});

test("counts statuses of 400 and above as unexpected, without their number", async () => {
  const { counts } = await recorded("not-found");
  expect(counts).toMatchObject({ completed: 41, unexpected: 41, statuses: {} });
});

test("counts every attempt at TLS that a plain server refused", async () => {
  const { counts } = await recorded("tls-to-plain");
  // It tries again at once, and goes on doing so.
  expect(counts.errors.connect).toBeGreaterThan(100);
  expect(counts.completed).toBe(0);
});

test("knows what was due when it was stopped early", async () => {
  const { counts } = await recorded("sigint");
  expect(counts.due).toBe(counts.sent);
});

test.each([
  ["lua-syntax-error", /wrk2 said: load\.lua: .*near/],
  ["lua-panic", /wrk2 said: PANIC/],
  ["refused", /wrk2 said: unable to connect to 127\.0\.0\.1:1 Connection refused/],
  ["no-rate", /wrk2 said: Throughput MUST be specified/],
  ["sigterm", /wrk2 was killed before it wrote a result/],
])("fails a run that ended with %s", async (name, reason) => {
  expect(await rejectionOf(readRecording("wrk2", name))).toMatch(reason);
});

test.each<[string, (stdout: string) => string, RegExp]>([
  ["a line cut short", (text) => text.replace(/"values":.*/, '"values":[1,'), /the line of|JSON/],
  ["a field that is no number", (text) => text.replace('"bytes":', '"bytes":"'), /JSON/],
  ["a negative count", (text) => text.replace(/"requests":\d+/, '"requests":-1'), /\/requests/],
  ["a value without its count", (text) => text.replace(/"values":\[\d+,/, '"values":['), /count/],
  ["values out of order", (text) => text.replace(/("values":\[)/, "$19999999,1,"), /values\[2\]/],
  ["more values than requests", (text) => text.replace(/("requests":)\d+/, "$11"), /of 1 requests/],
  [
    "a time that cannot be",
    (text) => text.replace(/("durationMicros":)\d+/, "$1999999999999"),
    /says it ran for 999999999.999 ms/,
  ],
  ["no line", (text) => text.replace(/@tidemark.*/, ""), /no line of its done\(\) hook/],
  ["no spectrum", (text) => text.replace("Uncorrected", "Other"), /no section/],
  ["a row that is none", (text) => text.replace(/^ +0\.\d+ +0\.2.*$/gm, " x"), /line \d+: x/],
  ["a spectrum without an end", (text) => text.replaceAll("#[", "#("), /spectrum/],
])("names what is wrong: %s", async (_, spoil, reason) => {
  const recording = readRecording("wrk2", "ok");
  expect(await rejectionOf({ ...recording, stdout: spoil(recording.stdout) })).toMatch(reason);
});
