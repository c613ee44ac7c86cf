import { expect, test } from "vitest";
import { reactTo, seeded } from "./target-reactions.ts";

const react = (target: string, elapsedMs = 0, random = () => 0.5) =>
  reactTo(target, elapsedMs, random);

test.each([
  ["/", 200, 0],
  ["/slow", 200, 50],
  ["/slow?ms=20", 200, 20],
  ["/slow?ms=nonsense", 200, 50],
  ["/slow?ms=-1", 200, 0],
  ["/slow?ms=1e9", 200, 10_000],
  ["/error?rate=1", 500, 0],
  ["/error?rate=0", 200, 0],
  ["/elsewhere", 404, 0],
])("%s is answered with %s after %s ms", (target, status, delayMs) => {
  expect(react(target)).toMatchObject({ status, delayMs });
});

test("bodies are as long as asked for, within a bound", () => {
  expect(react("/bytes?n=10").body).toHaveLength(10);
  expect(react("/bytes?n=99999999").body).toHaveLength(1_048_576);
});

test("a freeze holds what arrives in it until it is over, and nothing else", () => {
  expect(react("/freeze?ms=300&every=2300", 2_400).delayMs).toBe(200);
  expect(react("/freeze?ms=300&every=2300", 2_700).delayMs).toBe(0);
});

test("the same seed gives the same delays, spread around the median with a tail", () => {
  const delays = (seed: number) => {
    const random = seeded(seed);
    return Array.from(
      { length: 2_000 },
      () => reactTo("/jitter?ms=5&tail=0.05", 0, random).delayMs,
    );
  };
  expect(delays(7)).toEqual(delays(7));
  expect(delays(7)).not.toEqual(delays(8));
  const sorted = delays(7).sort((a, b) => a - b);
  expect(sorted[1_000]).toBeGreaterThan(4);
  expect(sorted[1_000]).toBeLessThan(6.5);
  expect(sorted[1_980]).toBeGreaterThan(25);
});

test("a list of machines takes longer the longer it is, and as much longer as its release is slower", () => {
  const median = (target: string) => {
    const random = seeded(3);
    const delays = Array.from({ length: 2_001 }, () => reactTo(target, 0, random).delayMs);
    return delays.sort((left, right) => left - right)[1_000]!;
  };
  const old = median("/machines?n=1000");
  expect(old).toBeGreaterThan(70);
  expect(old).toBeGreaterThan(2 * median("/machines?n=10"));
  expect(median("/machines?n=1000&slower=0.32") / old).toBeCloseTo(1.32, 10);
  expect(react("/machines?n=1e9&slower=1e9").delayMs).toBeLessThanOrEqual(10_000);
});
