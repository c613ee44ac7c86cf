import { sharingCatalogue } from "@tidemark/proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DeclaredChart, declaredCharts } from "./declared.ts";
import { type AnswerCount, freeze, operatorsSeen, thresholdOf } from "./freeze.ts";

function declared(id: string): DeclaredChart {
  const found = declaredCharts.find((chart) => chart.id === id);
  if (found === undefined) throw new Error(`no chart ${id}`);
  return found;
}

const answers = (field: string, counts: Readonly<Record<string, number>>): AnswerCount[] =>
  Object.entries(counts).map(([label, operators]) => ({ answer: { [field]: label }, operators }));

const hosts = (counts: Readonly<Record<string, number>>) =>
  freeze(declared("fleet-hosts"), answers("hosts", counts), 5)[0];

describe("cells", () => {
  test("of fewer than k operators are told together only", () => {
    expect(hosts({ "4-7": 4, "8-15": 4, "16-31": 3 })).toMatchObject({
      operators: 11,
      cells: [],
      rest: 11,
    });
  });

  test("take the smallest that could be told with them, and its equals", () => {
    expect(hosts({ "4-7": 9, "8-15": 6, "16-31": 7, "32-63": 6, "8192+": 1 })).toMatchObject({
      operators: 29,
      cells: [
        { label: "4-7", operators: 9 },
        { label: "16-31", operators: 7 },
      ],
      rest: 13,
    });
  });

  test("are all told when each has k", () => {
    const node = freeze(
      declared("hub-node"),
      answers("node", { 24: 5, 25: 6, 26: 7, other: 5 }),
      5,
    );
    expect(node).toMatchObject([{ cells: [{}, {}, {}, {}], rest: 0 }]);
  });

  test("that are empty look like small ones", () => {
    const { cells, rest } = hosts({ "4-7": 9, "16-31": 7 }) ?? {};
    expect({ cells, rest }).toEqual({ cells: [{ label: "4-7", operators: 9 }], rest: 7 });
  });

  test("are not told at all when everybody is in one", () => {
    expect(hosts({ "4-7": 30 })).toMatchObject({ operators: 30, cells: [], rest: 30 });
  });

  test("are none where fewer than k answered", () => {
    expect(hosts({ "4-7": 4 })).toBeUndefined();
  });

  test("of several rows are divided each by itself, and rows below k are left out", () => {
    const of = (cpu: string, band: string, operators: number): AnswerCount => ({
      answer: { cpu, hosts: band },
      operators,
    });
    const rows = freeze(
      declared("hardware-cpu"),
      [
        of("amd-epyc-rome", "1-4", 8),
        of("amd-epyc-rome", "20-99", 6),
        of("amd-epyc-rome", "5-19", 3),
        of("amd-epyc-rome", "100+", 3),
        of("ibm-z", "1-4", 4),
        of("intel-core", "1-4", 5),
      ],
      5,
    );
    expect(rows).toEqual([
      expect.objectContaining({ labels: ["intel-core"], operators: 5, cells: [], rest: 5 }),
      expect.objectContaining({
        labels: ["amd-epyc-rome"],
        operators: 20,
        cells: [{ label: "1-4", operators: 8 }],
        rest: 12,
      }),
    ]);
  });
});

describe("medians and quartiles", () => {
  const list = (counts: Readonly<Record<string, number>>) =>
    freeze(
      declared("api-operations"),
      Object.entries(counts).map(([p99, operators]) => ({
        answer: { operation: "machines.list", p99 },
        operators,
      })),
      5,
    )[0];

  test("are told when k operators lie on either side", () => {
    expect(list({ "102-205": 5, "205-410": 1, "410-819": 5 })?.quartiles).toEqual({
      first: null,
      median: "205-410",
      third: null,
    });
    expect(list({ "102-205": 4, "205-410": 1, "410-819": 5 })?.quartiles.median).toBeNull();
  });

  test("are told with quartiles when these lie far enough apart", () => {
    expect(list({ "102-205": 30, "205-410": 30, "410-819": 30 })?.quartiles).toEqual({
      first: null,
      median: "205-410",
      third: null,
    });
    expect(list({ "102-205": 50, "205-410": 50, "410-819": 50 })?.quartiles).toEqual({
      first: "102-205",
      median: "205-410",
      third: "410-819",
    });
  });

  test("are not told when a tenth of the operators could move them further than one label", () => {
    expect(list({ "1.6-3.2": 15, "205-410": 16 })?.quartiles.median).toBeNull();
    expect(list({ "1.6-3.2": 10, "205-410": 21 })?.quartiles.median).toBe("205-410");
  });
});

test("a share is told when both it and the others are k or more", () => {
  const upgrades = (regression: number, equivalent: number) =>
    freeze(
      declared("api-upgrades"),
      Object.entries({ regression, equivalent }).map(([verdict, operators]) => ({
        answer: { operation: "machines.list", from: "3.5", to: "3.6", change: "+5", verdict },
        operators,
      })),
      5,
    )[0];
  expect(upgrades(5, 9)).toMatchObject({ operators: 14, share: 5 });
  expect(upgrades(4, 9)).toMatchObject({ operators: 13, share: null });
  expect(upgrades(9, 4)).toMatchObject({ operators: 13, share: null });
});

test("the threshold is 5 below 200 operators, then 10, and 20 in public", () => {
  expect([0, 199, 200].map((seen) => thresholdOf(seen, "maintainers"))).toEqual([5, 5, 10]);
  expect(thresholdOf(3_000, "public")).toBe(20);
  const chart = declared("hardware-cpu");
  const of = (cpu: string, operators: number) => ({ answer: { cpu, hosts: "1-4" }, operators });
  expect(operatorsSeen(chart, [of("ibm-z", 7), of("intel-core", 120), of("virtual", 90)])).toBe(
    120,
  );
  expect(operatorsSeen(chart, [])).toBe(0);
});

test("whatever the answers, no number but zero is below k, and the cells and the rest make up the row", () => {
  const question = sharingCatalogue.questions.find(({ id }) => id === "hardware.disk");
  expect(question?.fields.length).toBe(2);
  const answer = fc.record({
    answer: fc.record({
      media: fc.constantFrom("nvme", "ssd"),
      size: fc.constantFrom("<10", "500-1000", "1000-2000", "20000+"),
    }),
    operators: fc.integer({ min: 1, max: 30 }),
  });
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 12 }), fc.constantFrom(5, 10, 20), (given, k) => {
      for (const row of freeze(declared("hardware-disk"), given, k)) {
        const cells = row.cells.map(({ operators }) => operators);
        const parts = [...cells, row.rest].filter((part) => part > 0);
        expect(Math.min(row.operators, ...parts)).toBeGreaterThanOrEqual(k);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(row.operators);
      }
    }),
  );
});
