import { figures as contractFigures, releaseLabel as contractLabel } from "@tidemark/proto";
import { hostMetrics, verdictKinds as contractKinds } from "@tidemark/proto";
import { expect, test } from "vitest";
import { verdictKinds, verdictLooks } from "../components/verdict-looks.ts";
import { formatLabels, releaseLabel, selectorOf } from "./labels.ts";
import { formatMetric, formatMetricDifference, metricTitle, hostMetricUnits } from "./metric.ts";
import { figures, formatInterval, formatP, formatRatio, formatSize } from "./ratio.ts";

test.each([
  [0.0724, "p99", "+7.2 %"],
  [-0.3214, "p50", "−32 %"],
  [0.0002, "p50", "0 %"],
  [0.0004, "errors", "+0.04 pp"],
  [-0.02, "errors", "−2 pp"],
] as const)("the difference %d of %s is told as %s", (ratio, figure, text) =>
  expect(formatRatio(ratio, figure)).toBe(text),
);

test("an interval has the sign of each of its ends, a margin none", () => {
  expect(formatInterval(-0.012, 0.0204)).toBe("[−1.2, +2]");
  expect(formatInterval(0.188, 0.212)).toBe("[+19, +21]");
  expect(formatSize(0.05, "p99")).toBe("5 %");
  expect(formatSize(-0.001, "errors")).toBe("0.1 pp");
});

test.each([
  [0.0004, "p < .001"],
  [0.0042, "p .004"],
  [0.61, "p .61"],
  [1, "p 1"],
])("the probability %d is told as %s", (p, text) => expect(formatP(p)).toBe(text));

test("labels read as a list and as the selector of what has them all", () => {
  expect(formatLabels({ release: "3.6", dataset: "100" })).toBe("release=3.6, dataset=100");
  expect(selectorOf({ release: "3.6", operation: "machine list" })).toBe(
    "release=3.6,operation=machine list",
  );
  expect(formatLabels({})).toBe("all");
});

test("means of hosts are told in their metric's unit, differences with their sign", () => {
  expect(formatMetric("1", 0.34)).toBe("34 %");
  expect(formatMetric("{segment}/s", 12)).toBe("12 segments/s");
  expect(formatMetric("{thread}", 7.25)).toBe("7.25");
  expect(formatMetricDifference("1", -0.045)).toBe("−4.5 pp");
  expect(metricTitle("cpu waiting for io")).toBe("CPU waiting for IO");
  expect(metricTitle("load average")).toBe("Load average");
  expect(formatMetric("By/s", null)).toBe("–");
  expect(formatMetricDifference("By/s", -2048)).toBe("−2 KiB/s");
});

test("what is written down again is what the contract says", () => {
  expect(figures).toEqual(contractFigures);
  expect(releaseLabel).toBe(contractLabel);
  expect(verdictKinds).toEqual(contractKinds);
  expect(hostMetricUnits).toEqual(
    Object.fromEntries(hostMetrics.map(({ name, unit }) => [name, unit])),
  );
});

test("no two verdicts have the same mark", () => {
  expect(new Set(Object.values(verdictLooks).map(({ mark }) => mark)).size).toBe(
    verdictKinds.length,
  );
});
