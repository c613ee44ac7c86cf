import { describe, expect, test } from "vitest";
import { makeOperator } from "./operator.ts";

const seeds = Array.from({ length: 500 }, (_, index) => index);
const sizes = (period: number) => seeds.map((seed) => makeOperator(seed)(period).hosts.length);

describe("simulated operators", () => {
  test("are the same for the same seed and period, and others for another", () => {
    expect(makeOperator(7)(3)).toEqual(makeOperator(7)(3));
    expect(makeOperator(7)(3)).not.toEqual(makeOperator(8)(3));
    expect(makeOperator(7, 740)(742).runs[0]?.p99Ms).not.toBe(
      makeOperator(7, 740)(741).runs[0]?.p99Ms,
    );
  });

  test("have heavy-tailed fleets within bounds", () => {
    const sorted = sizes(0).toSorted((a, b) => a - b);
    expect(sorted[0]).toBeGreaterThanOrEqual(1);
    expect(sorted.at(-1)).toBeLessThanOrEqual(10_000);
    expect(sorted[250]).toBeGreaterThan(15);
    expect(sorted[250]).toBeLessThan(60);
    expect(sorted.at(-1)).toBeGreaterThan(1_000);
  });

  test("drift: most fleets change within a year, most by little, and releases only go up", () => {
    const [first, later] = [sizes(0), sizes(12)];
    expect(first.filter((size, index) => size !== later[index]).length).toBeGreaterThan(250);
    const upgrades = seeds.map((seed) => makeOperator(seed)).flatMap((at) => at(5).upgrades);
    expect(upgrades.length).toBeGreaterThan(50);
    expect(upgrades.every(({ from, to }) => from < to)).toBe(true);
  });

  test("have an address in each of their subnets, and one host for several", () => {
    const { hosts } = makeOperator(3)(0);
    const addresses = new Set(
      hosts.flatMap(({ interfaces }) => interfaces.flatMap((one) => one.addresses)),
    );
    expect(addresses.size).toBeGreaterThan(3);
    expect([...addresses].every((address) => /\/\d+$/.test(address))).toBe(true);
  });

  test("refuse a period before their first", () => {
    expect(() => makeOperator(1, 740)(739)).toThrow("before the site's first");
  });
});
