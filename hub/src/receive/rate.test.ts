import { describe, expect, test } from "vitest";
import { rateLimit } from "./rate.ts";

function limit(perMinute: number, addressesMax?: number) {
  const clock = { ms: 0 };
  let forgotten = 0;
  const rate = rateLimit({
    perMinute,
    now: () => clock.ms,
    forgotten: () => (forgotten += 1),
    ...(addressesMax !== undefined && { addressesMax }),
  });
  const taken = (address: string, tries: number) =>
    Array.from({ length: tries }, () => rate.take(address)).filter(Boolean).length;
  return { clock, taken, forgotten: () => forgotten };
}

describe("the rate limit", () => {
  test("lets a minute's requests through at once, and more as time goes by", () => {
    const { clock, taken } = limit(60);
    expect(taken("192.0.2.1", 100)).toBe(60);
    clock.ms += 10_000;
    expect(taken("192.0.2.1", 100)).toBe(10);
    clock.ms += 600_000;
    expect(taken("192.0.2.1", 100)).toBe(60);
  });

  test("counts each address by itself", () => {
    const { taken } = limit(5);
    expect(taken("192.0.2.1", 9)).toBe(5);
    expect(taken("192.0.2.2", 9)).toBe(5);
  });

  test.each([
    ["192.0.2.1", "::ffff:192.0.2.1"],
    ["2001:db8:0:1::1", "2001:0db8::1:ffff:0:0:2"],
    ["2001:db8:0:1:aaaa::", "2001:DB8:0:1::9"],
    ["fe80::1%eth0", "fe80::2"],
  ])("takes %s and %s for one sender", (one, other) => {
    const { taken } = limit(5);
    expect(taken(one, 9)).toBe(5);
    expect(taken(other, 9)).toBe(0);
  });

  test("takes two /64 for two senders", () => {
    const { taken } = limit(5);
    expect(taken("2001:db8:0:1::1", 9)).toBe(5);
    expect(taken("2001:db8:0:2::1", 9)).toBe(5);
  });

  test("forgets who came longest ago when there are too many, and says so", () => {
    const { taken, forgotten } = limit(5, 2);
    taken("192.0.2.1", 5);
    taken("192.0.2.2", 5);
    taken("192.0.2.1", 1);
    taken("192.0.2.3", 5);
    expect(forgotten()).toBe(1);
    expect(taken("192.0.2.1", 5)).toBe(0);
  });

  test("forgets everybody with the hour's salt", () => {
    const { clock, taken } = limit(1);
    expect(taken("192.0.2.1", 2)).toBe(1);
    clock.ms += 3_599_999;
    taken("192.0.2.1", 2);
    clock.ms += 1;
    expect(taken("192.0.2.1", 2)).toBe(1);
  });

  test("survives a clock that is set back", () => {
    const { clock, taken } = limit(5);
    clock.ms = 100_000;
    taken("192.0.2.1", 5);
    clock.ms = 0;
    expect(taken("192.0.2.1", 5)).toBe(0);
  });
});
