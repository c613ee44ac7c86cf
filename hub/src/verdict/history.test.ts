import { expect, test } from "vitest";
import { History, parser } from "@tidemark/proto";
import { type Made, evidence, madeEnvironment, spread } from "../../test/made-evidence.ts";
import { historyOf } from "./history.ts";
import { seededRandom } from "./statistics/random.ts";

const parseHistory = parser(History, "history");
const history = (runs: readonly ReturnType<typeof evidence>[], figure: "p50" | "errors" = "p50") =>
  parseHistory({ ...historyOf(runs, figure, 0.05), isCut: false });

/** Runs about so much, that differ by about 3 %. */
function steady(count: number, p50: number, more: Made = {}, seed = 1) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () =>
    evidence({ p50: p50 * (0.95 + 0.1 * random()), variant: { release: "3.5" }, ...more }),
  );
}

test("a steady history has no change", () => {
  const { series, unit } = history(steady(60, 1_000));
  expect(unit).toBe("us");
  expect(series).toMatchObject([{ labels: {}, changes: [], epochs: [] }]);
  expect(series[0]?.points).toHaveLength(60);
});

test("a lasting change is found at its run, with its interval and the release it coincides with", () => {
  const before = steady(30, 1_000);
  const slower = steady(30, 1_120, { variant: { release: "3.6" } }, 2);
  const [series] = history([...before, ...slower]).series;
  const [change, ...more] = series!.changes;
  expect(more).toEqual([]);
  expect(change).toMatchObject({ run: slower[0]!.run, coincidesWith: ["release 3.5 → 3.6"] });
  expect(change!.ratio).toBeCloseTo(0.12, 1);
  expect(change!.sentence).toMatch(
    /^p50 became \d+\.\d % slower \[\d+\.\d, \d+\.\d\], from (?:\d{3} µs|1(?:\.\d+)? ms) to 1\.1\d ms, with run [a-z2-7]{16}; coincides with release 3\.5 → 3\.6$/,
  );
});

test("a change of the environment is an epoch, and what coincides with it is not blamed on it", () => {
  const environment = { ...madeEnvironment, kernel: "6.8.0" };
  const before = steady(25, 1_000);
  const after = steady(25, 800, { environment }, 2);
  const [series] = history([...before, ...after]).series;
  expect(series!.epochs).toEqual([
    {
      run: after[0]!.run,
      atMs: after[0]!.startedAtMs,
      changes: [{ what: "kernel", baseline: "6.1.0", candidate: "6.8.0" }],
    },
  ]);
  expect(series!.changes).toMatchObject([{ coincidesWith: ["kernel 6.1.0 → 6.8.0"] }]);
  expect(series!.changes[0]!.sentence).toContain("faster");
  expect(series!.changes[0]!.sentence).not.toContain("caused");
});

test("runs at another rate are another level, which is no change of level", () => {
  const before = steady(30, 1_000);
  const faster = steady(30, 2_000, { key: { load: "2000/s constant" } }, 2);
  const [series] = history([...before, ...faster]).series;
  expect(series!.changes).toEqual([]);
  expect(series!.epochs).toHaveLength(1);
});

test("older releases in between, invalid runs and runs without the figure make no change", () => {
  const invalid = [{ rule: "host" as const, level: "invalid" as const, detail: "stolen" }];
  const runs = [
    ...steady(20, 1_000, { variant: { release: "3.10" } }),
    ...steady(20, 500, { variant: { release: "3.9" } }),
    ...steady(20, 5_000, { variant: { release: "3.10" }, findings: invalid }),
    evidence({ p50: null, variant: { release: "3.10" } }),
    ...steady(20, 1_000, { variant: { release: "3.10" } }, 3),
  ];
  const [series] = history(runs).series;
  expect(series!.changes).toEqual([]);
  expect(series!.points).toHaveLength(80);
  expect(series!.points.filter(({ validity }) => validity === "invalid")).toHaveLength(20);
});

test("variants but their release are series of their own, and so are channels", () => {
  const variants = [
    { release: "3.5", dataset: "10" },
    { release: "3.6", dataset: "10" },
    { release: "3.6", dataset: "100" },
    { release: "stable", dataset: "10" },
  ];
  const { series } = history(variants.map((variant) => evidence({ variant })));
  expect(series.map(({ labels }) => labels)).toEqual([
    { dataset: "10" },
    { dataset: "10", release: "stable" },
    { dataset: "100" },
  ]);
});

test("points are in order, with their interval, and suspects are marked", () => {
  const suspect = [{ rule: "suspect" as const, level: "flagged" as const, detail: "far out" }];
  const late = evidence({
    intervals: { p50: [990, 1_010] },
    findings: suspect,
    revision: 3,
    variant: {},
  });
  const early = evidence({ atMs: late.startedAtMs! - 60_000_000 });
  expect(history([late, early]).series[0]!.points).toMatchObject([
    { run: early.run, low: null, isSuspect: false, release: "" },
    { run: late.run, low: 990, high: 1_010, isSuspect: true, validity: "flagged", revision: 3 },
  ]);
});

test("errors are a history of differences", () => {
  const runs = [...spread, ...spread, ...spread].map((ratio, at) =>
    evidence({ errorRatio: at < 12 ? 0.001 * ratio : 0.2 * ratio }),
  );
  const [series] = history(runs, "errors").series;
  expect(series!.changes).toHaveLength(1);
  expect(series!.changes[0]!.sentence).toMatch(
    /^20\.1 percentage points more errors \[19\.6, 20\.3\], from 0\.1 % to 20\.2 %, with run /,
  );
});

test("nothing is a history of nothing", () => {
  expect(history([]).series).toEqual([]);
});
