import {
  type FigureComparison,
  type Verdict,
  type VerdictKind,
  verdictKinds,
} from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gateJunit } from "./gate-junit.ts";
import { type GateReport, exitCodeOf, failableKinds, fails } from "./gate-outcome.ts";
import { gateMarkdown, gateText, worstOf } from "./gate-text.ts";
import { marginOf, selectorOf } from "./gate.ts";

const figure = (change: Partial<FigureComparison> = {}): FigureComparison => ({
  figure: "p99",
  baseline: 4_000,
  candidate: 4_300,
  unit: "us",
  ratio: 0.075,
  low: 0.041,
  high: 0.106,
  confidence: 0.95,
  adjustedP: 0.004,
  isEquivalent: false,
  detectable: 0.05,
  noise: 0.03,
  verdict: "regression",
  ...change,
});
const verdict = (kind: VerdictKind, change: Partial<Verdict> = {}): Verdict => ({
  kind,
  stratum: {},
  sentence: `3.6 is ${kind}`,
  settles: "",
  marginRatio: 0.05,
  design: "interleaved",
  baseline: { label: "3.5", runs: [], counted: 8 },
  candidate: { label: "3.6", runs: [], counted: 8 },
  figures: [],
  keyDifferences: [],
  environmentChanges: [],
  remarks: [],
  ...change,
});
const report = (verdicts: readonly Verdict[], change: Partial<GateReport> = {}): GateReport => {
  const { objectives = [], failOn = failableKinds } = change;
  return {
    profile: { id: "mf2xg3dpmf2xg3dp", name: "machine list" },
    baseline: "release=3.5",
    candidate: "release=3.6",
    campaign: null,
    ...worstOf(verdicts),
    verdicts,
    objectives,
    failOn,
    exitCode: exitCodeOf({ verdicts, objectives, failOn }),
    ...change,
  };
};
test("what would settle it is said once", () => {
  const settles = "12 more runs of each would settle 5 %";
  const texts = (sentence: string) => {
    const given = report([verdict("inconclusive", { sentence, settles, figures: [figure()] })]);
    return [gateText(given), gateJunit(given).split("<system-out>")[1]!.split("<")[0]!];
  };
  for (const text of [...texts("p99 [-3.0, +9.0]"), ...texts(`p99 [-3.0, +9.0]; ${settles}`)])
    expect(text.split(settles)).toHaveLength(2);
});

const objective = { percentile: 99, responseMs: 20, errorRatioMax: 0.001 };
const missed = { objective, runs: 8, misses: [{ run: "run1", reason: "p99 is 31 ms" }] };
const met = { objective, runs: 8, misses: [] };

test.each<[VerdictKind, number]>([
  ["improvement", 0],
  ["equivalent", 0],
  ["inconclusive", 3],
  ["not-enough-runs", 3],
  ["suspect", 3],
  ["regression", 4],
  ["not-comparable", 5],
  ["invalid", 5],
])("%s exits with %i", (kind, code) => {
  expect(report([verdict(kind)]).exitCode).toBe(code);
  expect(report([verdict("equivalent"), verdict(kind)]).exitCode).toBe(code);
});

test("the gravest of several decides, and a missed objective shuts the gate", () => {
  const all = verdictKinds.map((kind) => verdict(kind));
  expect(report(all).exitCode).toBe(4);
  expect(report([verdict("inconclusive"), verdict("invalid")]).exitCode).toBe(5);
  expect(report([verdict("equivalent")], { objectives: [missed] }).exitCode).toBe(4);
  expect(report([verdict("equivalent")], { objectives: [met] }).exitCode).toBe(0);
});

test("--fail-on opens it for what it does not name, never for a regression", () => {
  const failOn = ["suspect"] as const;
  expect(report([verdict("inconclusive")], { failOn }).exitCode).toBe(0);
  expect(report([verdict("suspect")], { failOn }).exitCode).toBe(3);
  expect(report([verdict("regression")], { failOn }).exitCode).toBe(4);
  expect(fails("improvement", ["improvement"])).toBe(false);
});

test("the text begins with the sentence", () => {
  const text = gateText(report([verdict("regression", { figures: [figure()], settles: "" })]));
  expect(text.split("\n")[0]).toBe("regression: 3.6 is regression");
  expect(text).toMatch(/p99 +4 ms +4.3 ms +\+7.5 % +\[\+4.1 %, \+10.6 %\] +regression/);
  expect(text).toMatch(/did not pass: release=3.5 against release=3.6, machine list$/);
});

test("errors differ by percentage points, rates are rates, what is not known is a dash", () => {
  const figures = [
    figure({
      figure: "errors",
      unit: "1",
      baseline: 0,
      candidate: 0.0012,
      ratio: 0.0012,
      low: 0,
      high: null,
    }),
    figure({
      figure: "capacity",
      unit: "1/s",
      baseline: 1_234.5,
      candidate: null,
      ratio: -0.02,
      low: -0.03,
      high: -0.01,
    }),
  ];
  const text = gateText(report([verdict("inconclusive", { figures })]));
  expect(text).toMatch(/errors +0 % +0.12 % +\+0.12 pp +– /);
  expect(text).toMatch(/capacity +1230\/s +– +−2.0 % +\[−3.0 %, −1.0 %\]/);
});

test("Markdown has a row for each stratum and figure, and takes any text as text", () => {
  const hostile = verdict("regression", {
    stratum: { dataset: "1|0" },
    sentence: "<img src=x> *bold* `code`\n# heading",
    figures: [figure()],
  });
  const text = gateMarkdown(report([hostile], { objectives: [missed] }));
  expect(text).toContain("| dataset=1\\|0 | p99 | 4 ms | 4.3 ms | +7.5 % |");
  expect(text).not.toMatch(/<img|^# heading/m);
  expect(text).toContain("\\*bold\\*");
  expect(text).toContain("7 of 8 runs meet p99 ≤ 20 ms, errors ≤ 0.1 %; in run1 p99 is 31 ms");
});

test("JUnit: figures fail where their stratum does, and count", () => {
  const figures = [figure(), figure({ figure: "p50", verdict: "equivalent" })];
  const text = gateJunit(
    report(
      [
        verdict("regression", { stratum: { dataset: "10" }, figures }),
        // A figure alone shuts no gate.
        verdict("equivalent", {
          stratum: { dataset: "20" },
          figures: [figure({ verdict: "inconclusive" })],
        }),
        verdict("not-comparable", { stratum: { dataset: "30" } }),
      ],
      { objectives: [met] },
    ),
  );
  expect(text).toContain('<testsuites name="tidemark gate" tests="5" failures="2">');
  expect(text.match(/<failure /g)).toHaveLength(2);
  expect(text).toContain('<testcase classname="machine list.dataset=10" name="p99">');
  expect(text).toContain('<failure type="not-comparable" message="3.6 is not-comparable">');
});

/** Enough of XML 1.0 to say whether a document is well-formed: elements that close, quoted attributes, known entities, no `<` in text. */
function faultIn(xml: string): string | undefined {
  const open: string[] = [];
  const token =
    /<\?[^?]*\?>|<(\/?)([A-Za-z][\w-]*)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/gy;
  for (const [all, closes, name, , empty, text, stray] of xml.matchAll(token)) {
    if (stray !== undefined) return `a stray < after ${open.join("/")}`;
    if (/&(?!(?:amp|lt|gt|quot|#\d+);)/.test(all)) return `an unknown entity in ${all}`;
    if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(all)) return "a character";
    if (name === undefined) {
      if (text !== undefined && open.length === 0 && text.trim() !== "") return "text outside";
      continue;
    }
    if (closes === "/") {
      if (open.pop() !== name) return `${name} closes what is not open`;
    } else if (empty !== "/") open.push(name);
  }
  return open.length === 0 ? undefined : `${open.join()} is not closed`;
}

test("JUnit is well-formed whatever names and sentences hold", () => {
  expect(faultIn("<a><b></a></b>")).toBeDefined();
  expect(faultIn('<a b="&bad;"/>')).toBeDefined();
  const text = fc.string({ unit: "binary", maxLength: 40 });
  fc.assert(
    fc.property(
      text,
      text,
      text,
      fc.constantFrom(...verdictKinds),
      (name, sentence, value, kind) => {
        const one = verdict(kind, {
          sentence,
          stratum: { dataset: value },
          figures: [figure({ verdict: kind })],
        });
        const xml = gateJunit(report([one], { profile: { id: "x", name }, objectives: [missed] }));
        expect(faultIn(xml)).toBeUndefined();
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  ["5%", 0.05],
  ["0.05", 0.05],
  [".1 %", 0.001],
  ["100%", 1],
])("--margin %s", (text, ratio) => {
  expect(marginOf(text)).toBeCloseTo(ratio, 9);
});

test.each(["", "five", "0", "0.01%", "101%", "-5%", "5%%"])("--margin %j is refused", (text) => {
  expect(() => marginOf(text)).toThrow(/--margin/);
});

test.each([
  ["3.5", "release=3.5"],
  ["release=3.5", "release=3.5"],
  ["release in (3.5)", "release in (3.5)"],
  ["!mesh", "!mesh"],
  ["2026-11-25_rc.1", "release=2026-11-25_rc.1"],
])("%s means %s", (given, meant) => {
  expect(selectorOf(given)).toBe(meant);
});
