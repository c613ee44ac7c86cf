import fc from "fast-check";
import { expect, test } from "vitest";
import { Verdict, type VerdictKind, type ValidityFinding, parser } from "@tidemark/proto";
import { type Made, evidence, runsAt, spread } from "../../test/made-evidence.ts";
import type { RunEvidence } from "../evidence/evidence.ts";
import { worst } from "./effect.ts";
import { type JudgeInput, judge } from "./judge.ts";

const labels = { baseline: "3.5", candidate: "3.6" };
const parseVerdict = parser(Verdict, "verdict");

function judged(
  baseline: readonly RunEvidence[],
  candidate: readonly RunEvidence[],
  more: Partial<JudgeInput> = {},
): Verdict {
  const design = { kind: "separate" } as const;
  const input = { labels, stratum: {}, marginRatio: 0.05, design, ...more };
  // What the API would refuse to send is no verdict.
  return parseVerdict(judge({ baseline, candidate, ...input }));
}
const times = (factor: number, ratios: readonly number[] = spread) =>
  ratios.map((ratio) => ratio * factor);
const finding = (level: "flagged" | "invalid", rule: ValidityFinding["rule"] = "generator") => ({
  rule,
  level,
  detail: "too slow",
});

interface Case {
  readonly what: string;
  readonly baseline: readonly RunEvidence[];
  readonly candidate: readonly RunEvidence[];
  readonly more?: Partial<JudgeInput>;
  readonly kind: VerdictKind;
  readonly sentence: RegExp;
  readonly settles?: RegExp;
}

const cases: readonly Case[] = [
  {
    what: "a release that is 10 % slower",
    baseline: runsAt(spread),
    candidate: runsAt(times(1.1)),
    kind: "regression",
    sentence:
      /^3\.6 is 10\.0 % slower at p50 \[6\.7, 13\.4\], 8\+8 runs, adjusted p .*, noise 2\.8 %$/,
  },
  {
    what: "a release that is 32 % faster, five runs of each",
    baseline: runsAt(spread.slice(0, 5)),
    candidate: runsAt(times(0.68, spread.slice(0, 5))),
    kind: "improvement",
    sentence: /^3\.6 is 32 % faster at p50 \[29, 35\], 5\+5 runs, adjusted p \.008, /,
  },
  {
    what: "a release that is the same, of little noise",
    baseline: runsAt(times(1, [0.99, 1, 1.01, 0.995, 1.005, 1, 1.002, 0.998])),
    candidate: runsAt(times(1, [0.99, 1, 1.01, 0.995, 1.005, 1, 1.002, 0.998])),
    kind: "equivalent",
    sentence:
      /^3\.6 is within ±5 % and ±0\.1 percentage points of errors of 3\.5: p50 \[-\d\.\d, \+\d\.\d\], .*\(90 % intervals\), 8\+8 runs$/,
  },
  {
    what: "a release of which too little is known",
    baseline: runsAt(times(1, [0.8, 0.9, 1, 1.1, 1.2, 1.05])),
    candidate: runsAt(times(1.03, [0.8, 0.9, 1, 1.1, 1.2, 1.05])),
    kind: "inconclusive",
    sentence:
      /^p50 \[-\d+, \+\d+\]: 3\.6 could be \d+ % slower, 6\+6 runs, adjusted p .*; more runs than a comparison takes would settle 5 %/,
    settles: /lessen the noise/,
  },
  {
    what: "three runs of each",
    baseline: runsAt([0.99, 1, 1.01]),
    candidate: runsAt([1.2, 1.21, 1.22]),
    kind: "not-enough-runs",
    sentence: /^3 runs of each count; to see 5 % at p50 needs 4 of each$/,
    settles: /needs 4 of each/,
  },
  {
    what: "one run of each",
    baseline: runsAt([1]),
    candidate: runsAt([1.072]),
    kind: "not-enough-runs",
    sentence:
      /^3\.6 differs from 3\.5 in these two runs: 7\.2 % slower at p50, .*; repeatability unknown; to see 5 % at p50 at a usual noise of 3 % needs 8 of each$/,
  },
  {
    what: "a side without any run",
    baseline: [],
    candidate: runsAt([1]),
    kind: "not-enough-runs",
    sentence: /^0 runs of 3\.5 and 1 of 3\.6 count; /,
  },
  {
    what: "a side whose runs are all invalid",
    baseline: runsAt(spread),
    candidate: runsAt(spread, { findings: [finding("invalid")] }),
    kind: "invalid",
    sentence: /^no run of 3\.6 counts: all 8 are invalid \(generator: too slow\)$/,
  },
  {
    what: "sides made at different rates",
    baseline: runsAt(spread),
    candidate: runsAt(times(2), { key: { load: "2000/s constant", connections: "32" } }),
    kind: "not-comparable",
    sentence:
      /^3\.6 cannot be compared with 3\.5: load is 1000\/s constant of 3\.5 and 2000\/s constant of 3\.6$/,
  },
  {
    what: "a suspect run and no other",
    baseline: runsAt(spread),
    candidate: runsAt([1.4], { findings: [finding("flagged", "suspect")] }),
    kind: "suspect",
    sentence: /^3\.6 is outside its history: too slow; interleaved runs of both sides decide$/,
    settles: /needs \d+ of each/,
  },
  {
    what: "more errors at the same latencies",
    baseline: runsAt(spread),
    candidate: spread.map((ratio, at) =>
      evidence({ p50: 1_000 * ratio, errorRatio: 0.003 + at / 10_000 }),
    ),
    kind: "regression",
    sentence: /^3\.6 has 0\.335 percentage points more errors \[0\.\d+, 0\.\d+\], 8\+8 runs/,
  },
  {
    what: "so many errors that latencies are withheld",
    baseline: runsAt(spread),
    candidate: spread.map((ratio) =>
      evidence({
        p50: null,
        p95: null,
        p99: null,
        errorRatio: 0.03 * ratio,
        findings: [finding("flagged", "errors")],
      }),
    ),
    kind: "regression",
    sentence: /^3\.6 has 3\.0\d percentage points more errors/,
  },
  {
    what: "a capacity that is 4 % lower",
    baseline: runsAt(spread).map((_, at) => evidence({ capacity: 10_000 + at * 20 })),
    candidate: runsAt(spread).map((_, at) => evidence({ capacity: 9_600 + at * 20 })),
    kind: "regression",
    sentence: /^3\.6 has 4\.0 % less capacity \[3\.\d, 4\.\d\]/,
  },
  {
    what: "a slower tail and a faster middle",
    baseline: runsAt(spread),
    candidate: spread.map((ratio) =>
      evidence({ p50: 800 * ratio, p95: 2_000 * ratio, p99: 3_600 * ratio }),
    ),
    kind: "regression",
    sentence:
      /^3\.6 is 20 % slower at p99 \[16, 24\].*; but better: it is 20 % faster at p50 \[18, 22\]$/,
  },
  {
    what: "a faster middle and a tail that may be slower",
    baseline: spread.map((ratio, at) =>
      evidence({ p50: 1_000 * ratio, p99: 3_000 * (1 + at / 10) }),
    ),
    candidate: spread.map((ratio, at) =>
      evidence({ p50: 800 * ratio, p99: 3_100 * (1 + at / 10) }),
    ),
    kind: "inconclusive",
    sentence: /^p99 \[-\d+, \+\d+\]: 3\.6 could be \d+ % slower/,
  },
  {
    what: "runs enough that are fewer than was decided on",
    baseline: runsAt(spread.slice(0, 6)),
    candidate: runsAt(times(1.5, spread.slice(0, 6))),
    more: { plannedRunsEach: 8 },
    kind: "not-enough-runs",
    sentence:
      /^6 runs of each count; the verdict is drawn from 8 of each, as was decided before the first$/,
  },
];

test.each(cases)("$what: $kind", ({ baseline, candidate, more, kind, sentence, settles }) => {
  const verdict = judged(baseline, candidate, more);
  expect(verdict.sentence).toMatch(sentence);
  expect(verdict.kind).toBe(kind);
  if (settles !== undefined) expect(verdict.settles).toMatch(settles);
  else if (["regression", "improvement", "equivalent"].includes(kind))
    expect(verdict.settles).toBe("");
});

test("invalid runs are shown with their reason and not counted", () => {
  const faulty = runsAt([3], { findings: [finding("invalid")] });
  const verdict = judged([...runsAt(spread), ...faulty], runsAt(spread));
  expect(verdict.baseline).toMatchObject({ counted: 8 });
  expect(verdict.baseline.runs.find(({ run }) => run === faulty[0]?.run)?.excluded).toBe(
    "invalid: generator: too slow",
  );
  expect(verdict.remarks).toContain("1 run of 3.5 does not count: invalid: generator: too slow");
});

test("runs made otherwise than the newest do not count, and the baseline follows the candidate", () => {
  const other = { key: { load: "500/s constant", connections: "32" } };
  const verdict = judged(
    [...runsAt(spread), ...runsAt([1], other)],
    [...runsAt([1], other), ...runsAt(spread)],
  );
  expect(verdict.kind).not.toBe("not-comparable");
  expect([verdict.baseline.counted, verdict.candidate.counted]).toEqual([8, 8]);
  expect(verdict.candidate.runs[0]?.excluded).toBe(
    "made otherwise than the newest: load 500/s constant, not 1000/s constant",
  );
});

test("a key's field that the variants name is what is compared", () => {
  const side = (mesh: string) =>
    runsAt(spread, { key: { load: "1000/s", mesh }, variant: { mesh } });
  expect(judged(side("off"), side("on")).keyDifferences).toEqual([]);
  const hidden = (mesh: string) =>
    runsAt(spread, { key: { load: "1000/s", mesh }, variant: { release: mesh } });
  expect(judged(hidden("off"), hidden("on")).keyDifferences).toEqual([
    { what: "mesh", baseline: "off", candidate: "on" },
  ]);
});

test("what changed in the environment is told", () => {
  const environment = { kernel: "6.8.0", generator: "tidemark 0.4.0" };
  const verdict = judged(runsAt(spread), runsAt(spread, { environment }));
  expect(verdict.environmentChanges).toEqual([
    { what: "kernel", baseline: "6.1.0", candidate: "6.8.0" },
  ]);
});

test("two single runs are held against at least eight earlier ones", () => {
  const [before, after] = [runsAt([1]), runsAt([1.2])];
  const remarks = (history: readonly RunEvidence[]) =>
    judged(before, after, { history }).remarks.join("\n");
  expect(remarks(runsAt(spread))).toContain(
    "p50: 3.6 is 20 % slower than 3.5, more than the [-12.8, +14.7] by which two of 8 earlier runs differ in 99 of 100 cases",
  );
  expect(remarks(runsAt(spread.slice(1)))).not.toContain("earlier runs");
  expect(judged(before, after, { history: runsAt(spread) }).kind).toBe("not-enough-runs");
});

test("means and ranks that contradict each other settle nothing", () => {
  const candidate = times(1.08).with(0, 0.01);
  const verdict = judged(runsAt(times(1, spread)), runsAt(candidate));
  expect(verdict.kind).toBe("inconclusive");
  expect(verdict.sentence).toContain("means and ranks point opposite ways");
});

test("interleaved runs are compared within their blocks", () => {
  const drift = [1, 1.2, 1.5, 1.9];
  const blocks = new Map<RunEvidence["run"], number>();
  const side = (factor: number) =>
    drift.flatMap((level, block) =>
      runsAt([level * factor, level * factor * 1.01]).map((run) => {
        blocks.set(run.run, block);
        return run;
      }),
    );
  const [baseline, candidate] = [side(1), side(1.08)];
  const blocked = judged(baseline, candidate, { design: { kind: "interleaved", blocks } });
  expect(blocked).toMatchObject({ kind: "regression", design: "interleaved" });
  expect(blocked.figures[0]?.ratio).toBeCloseTo(0.08, 3);
  expect(judged(baseline, candidate).kind).toBe("inconclusive");
});

test("an interleaved comparison of four runs each falls back on the sides as they are", () => {
  const blocks = new Map<RunEvidence["run"], number>();
  const side = (factor: number) =>
    runsAt(times(factor, spread.slice(0, 4))).map((run, at) => {
      blocks.set(run.run, at >> 1);
      return run;
    });
  const verdict = judged(side(1), side(1.3), { design: { kind: "interleaved", blocks } });
  expect(verdict.kind).toBe("regression");
});

// In thousandths, as latencies are measured in whole steps: doubles one bit apart are told apart in one unit and not in another.
const ratios = fc.array(
  fc.integer({ min: 500, max: 2_000 }).map((thousandths) => thousandths / 1_000),
  { minLength: 4, maxLength: 7 },
);
/** No two of them differ by just so much, so that no verdict hangs on a rounding. */
const betweenSteps = { marginRatio: 0.0501234 };
const opposite: Partial<Record<VerdictKind, VerdictKind>> = {
  regression: "improvement",
  improvement: "regression",
};

test("swapping the sides turns signs and verdicts of figures round", () => {
  fc.assert(
    fc.property(ratios, ratios, (one, other) => {
      const [a, b] = [runsAt(one), runsAt(other)];
      const [there, back] = [judged(a, b).figures, judged(b, a).figures];
      there.forEach((figure, at) => {
        const swapped = back[at]!;
        expect(swapped.verdict).toBe(opposite[figure.verdict] ?? figure.verdict);
        expect(Math.log1p(swapped.ratio!)).toBeCloseTo(-Math.log1p(figure.ratio!), 9);
        expect(Math.log1p(swapped.low!)).toBeCloseTo(-Math.log1p(figure.high!), 9);
        expect(swapped.adjustedP).toBeCloseTo(figure.adjustedP!, 9);
      });
    }),
    { numRuns: 40 },
  );
});

test("neither units nor the order of runs within a side change a verdict", () => {
  fc.assert(
    fc.property(ratios, ratios, fc.integer({ min: 2, max: 1_000 }), (one, other, factor) => {
      const plain = judged(runsAt(one), runsAt(other), betweenSteps);
      const changed = judged(
        runsAt(times(factor, one)).toReversed(),
        runsAt(times(factor, other)).toReversed(),
        betweenSteps,
      );
      expect(changed.kind).toBe(plain.kind);
      expect(changed.figures.map(({ verdict }) => verdict)).toEqual(
        plain.figures.map(({ verdict }) => verdict),
      );
      changed.figures.forEach(({ ratio }, at) =>
        expect(ratio).toBeCloseTo(plain.figures[at]!.ratio!, 9),
      );
    }),
    { numRuns: 40 },
  );
});

test("whatever the runs are, there is a verdict with a sentence, and never more certain with fewer runs than four", () => {
  const run = fc.record({
    p50: fc.option(fc.integer({ min: 0, max: 100_000 })),
    p95: fc.option(fc.integer({ min: 0, max: 100_000 })),
    p99: fc.option(fc.integer({ min: 0, max: 100_000 })),
    errorRatio: fc.constantFrom(0, 0, 0.001, 0.02, 1),
    key: fc.constantFrom({ load: "1" }, { load: "1" }, { load: "2" }),
    findings: fc.constantFrom([], [], [finding("flagged", "suspect")], [finding("invalid")]),
  });
  const side = fc.array(run, { maxLength: 7 });
  fc.assert(
    fc.property(side, side, (one, other) => {
      const make = (runs: readonly Made[]) => runs.map((each) => evidence(each));
      const verdict = judged(make(one), make(other));
      expect(verdict.sentence).not.toMatch(/^$|NaN|Infinity|undefined|no change/);
      if (verdict.kind === "regression" || verdict.kind === "improvement") {
        expect(Math.min(verdict.baseline.counted, verdict.candidate.counted)).toBeGreaterThan(3);
        expect(verdict.sentence).toMatch(/\[.+\]/);
      }
    }),
    { numRuns: 200 },
  );
});

test("the worst of several is what must be seen first", () => {
  expect(worst(["equivalent", "improvement", "inconclusive"])).toBe("inconclusive");
  expect(worst(["improvement", "equivalent"])).toBe("improvement");
  expect(worst(["suspect", "regression", "invalid"])).toBe("regression");
});
