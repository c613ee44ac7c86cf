import { expect, test } from "vitest";
import { createHubClock } from "./hub-clock.ts";

function host() {
  const time = { wall: 1_000_000, mono: 50 };
  const clock = createHubClock({ now: () => time.wall, monotonicMs: () => time.mono });
  return { time, clock };
}

test("knows nothing before the first answer", () => {
  const { clock } = host();
  expect([clock.offsetMs(), clock.hubNowMs(), clock.roundTripMs()]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("believes the shortest round trip", () => {
  const { clock, time } = host();
  // The hub is 500 ms ahead; the second answer was held up on its way back.
  clock.answered(50, 52, 1_000_501);
  clock.answered(60, 160, 1_000_511);
  time.mono = 160;
  time.wall = 1_000_110;
  expect(clock.offsetMs()).toBe(500);
  expect(clock.roundTripMs()).toBe(100);
});

test("sees a step of this host's clock at once", () => {
  const { clock, time } = host();
  clock.answered(50, 52, 1_000_001);
  time.mono = 52;
  time.wall = 1_000_002;
  expect(clock.offsetMs()).toBe(0);
  time.wall += 3_600_000;
  expect(clock.offsetMs()).toBe(-3_600_000);
  expect(clock.hubNowMs()).toBe(1_000_002);
});

test("forgets what it knew when the hub's clock is set", () => {
  const { clock, time } = host();
  clock.answered(50, 52, 1_000_001);
  clock.answered(60, 90, 8_000_025);
  time.mono = 90;
  expect(clock.hubNowMs()).toBe(8_000_040);
});
