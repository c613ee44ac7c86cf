import { periodSpan } from "@tidemark/proto";
import { expect, test } from "vitest";
import { seededRandom } from "../verdict/statistics/random.ts";
import { deletionDueOf, dueOf, redrawn, retryAtMs, sharingTimes } from "./timing.ts";

const dayMs = 86_400_000;

// Of a fixed seed: a test of chance must not fail by chance.
const random = seededRandom(20_270_101);
const { endMs } = periodSpan(28, 741);
const giveUpMs = endMs + 28 * dayMs;
const due = (agreedAtMs: number, nowMs = endMs) =>
  dueOf({ endMs, giveUpMs, agreedAtMs, nowMs }, random());

/** Kolmogorov–Smirnov against the uniform distribution: p > .01 is below 1.63 / √n. */
function distance(values: readonly number[], from: number, until: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((value, at) => {
      const uniform = (value - from) / (until - from);
      return Math.max((at + 1) / sorted.length - uniform, uniform - at / sorted.length);
    }),
  );
}
const bar = (n: number) => 1.63 / Math.sqrt(n);
const draws = 4_000;

test("reports leave uniformly over the 28 days after their period, whenever the hub was set up", () => {
  for (const agreedAtMs of [endMs - 27 * dayMs, endMs - 2 * dayMs, endMs - 25 * 3_600_000]) {
    const instants = Array.from({ length: draws }, () => due(agreedAtMs));
    expect(distance(instants, endMs, giveUpMs)).toBeLessThan(bar(draws));
  }
});

test("a period of 84 days is told in the first 28 after it", () => {
  const long = periodSpan(84, 247);
  const instants = Array.from({ length: draws }, () =>
    dueOf(
      {
        endMs: long.endMs,
        giveUpMs: long.endMs + 84 * dayMs,
        agreedAtMs: long.startMs,
        nowMs: long.endMs,
      },
      random(),
    ),
  );
  expect(distance(instants, long.endMs, long.endMs + 28 * dayMs)).toBeLessThan(bar(draws));
});

test("the instants of two questions have nothing to do with each other", () => {
  const pairs = Array.from({ length: draws }, () => [due(0), due(0)] as const);
  const mean = endMs + 14 * dayMs;
  const spread = (28 * dayMs) / Math.sqrt(12);
  const correlation =
    pairs.reduce((sum, [a, b]) => sum + ((a - mean) / spread) * ((b - mean) / spread), 0) / draws;
  // The 95 % interval has none in it.
  expect(Math.abs(correlation)).toBeLessThan(1.96 / Math.sqrt(draws));
});

test("nothing is due sooner than 24 hours after the yes, nor before now, nor when it would be refused", () => {
  const dayAfter = (at: number) => at + 24 * 3_600_000;
  for (let at = 0; at < draws; at += 1) {
    const agreedAtMs = endMs - Math.floor(random() * 2 * dayMs);
    const nowMs = endMs + Math.floor(random() * 28 * dayMs);
    const instant = due(agreedAtMs, nowMs);
    expect(instant).toBeGreaterThanOrEqual(Math.max(dayAfter(agreedAtMs), nowMs));
    expect(instant).toBeLessThanOrEqual(Math.max(giveUpMs, dayAfter(agreedAtMs)));
  }
});

test("retries wait anything up to twice as long each time", () => {
  const { retryMs, retryMsMax } = sharingTimes;
  for (const [tries, widestMs] of [
    [1, retryMs],
    [2, 2 * retryMs],
    [4, 8 * retryMs],
    [9, retryMsMax],
  ] as const) {
    const waits = Array.from({ length: draws }, () => retryAtMs(0, tries, random()));
    expect(distance(waits, 0, widestMs)).toBeLessThan(bar(draws));
  }
});

test("what was missed is spread anew, what is due now is not", () => {
  expect(redrawn(endMs, endMs + 60_000, giveUpMs, 0.5)).toBeUndefined();
  const nowMs = endMs + dayMs;
  const instants = Array.from(
    { length: draws },
    () => redrawn(endMs, nowMs, giveUpMs, random()) ?? 0,
  );
  expect(distance(instants, nowMs, nowMs + sharingTimes.missedSpreadMs)).toBeLessThan(bar(draws));
});

test("deletions are spread over a day", () => {
  const instants = Array.from({ length: draws }, () => deletionDueOf(0, random()));
  expect(distance(instants, 0, dayMs)).toBeLessThan(bar(draws));
});
