// What several runs say of two releases.
import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { count, nullable, strict, text } from "./common.ts";
import { EvidenceRun, Figure } from "./evidence.ts";
import { VariantLabels } from "./variant-labels.ts";

const ratio = Type.Number();

export const verdictLimits = {
  /** Runs of one side of a comparison. */
  sideRunsMax: 100,
  /** Strata of one comparison. */
  strataMax: 64,
  historyPointsMax: 2_000,
  boardCellsMax: 5_000,
} as const;

export const Side = Type.Object(
  { label: text(256), runs: Type.Array(EvidenceRun), counted: count },
  strict,
);
export type Side = Static<typeof Side>;

/** The closed set of verdicts. There is no "no change". */
export const verdictKinds = [
  "regression",
  "improvement",
  "equivalent",
  "inconclusive",
  "not-enough-runs",
  "not-comparable",
  "invalid",
  "suspect",
] as const;
export const VerdictKind = Type.Enum(verdictKinds);
export type VerdictKind = (typeof verdictKinds)[number];

/** One figure of a comparison. Ratios are candidate to baseline less one: .072 is 7.2 % more. */
export const FigureComparison = Type.Object(
  {
    figure: Figure,
    baseline: nullable(Type.Number()),
    candidate: nullable(Type.Number()),
    unit: Type.Union([Type.Literal("us"), Type.Literal("1"), Type.Literal("1/s")]),
    /** Hodges–Lehmann; null without enough runs. Of errors a difference of ratios, not a ratio. */
    ratio: nullable(ratio),
    low: nullable(ratio),
    high: nullable(ratio),
    /** Confidence the interval really has: exact intervals hold at least what was asked. */
    confidence: nullable(Type.Number()),
    /** Of the family, by permutation (max-T). Never shown alone. */
    adjustedP: nullable(Type.Number()),
    /** 90 % interval inside the margin. */
    isEquivalent: Type.Boolean(),
    /** The smallest difference these numbers of runs find four times in five, with the spread seen. */
    detectable: nullable(ratio),
    /** Standard deviation between runs of one side, as a ratio. */
    noise: nullable(ratio),
    /** This figure alone. */
    verdict: VerdictKind,
  },
  strict,
);
export type FigureComparison = Static<typeof FigureComparison>;

export const Difference = Type.Object(
  { what: text(192), baseline: text(256), candidate: text(256) },
  strict,
);
export type Difference = Static<typeof Difference>;

export const Verdict = Type.Object(
  {
    kind: VerdictKind,
    /** What the sides have in common, such as `dataset=1000`. */
    stratum: VariantLabels,
    /** One sentence with its interval. */
    sentence: text(512),
    /** What would settle it; empty when it is settled. */
    settles: text(512),
    marginRatio: Type.Number(),
    /** blocked: the sides' runs are pairs by the order they were run in. */
    design: Type.Union([Type.Literal("interleaved"), Type.Literal("separate")]),
    baseline: Side,
    candidate: Side,
    figures: Type.Array(FigureComparison),
    /** Why they cannot be compared. */
    keyDifferences: Type.Array(Difference),
    /** What changed between the sides besides. */
    environmentChanges: Type.Array(Difference),
    /** What a reader should know besides. */
    remarks: Type.Array(text(512)),
  },
  strict,
);
export type Verdict = Static<typeof Verdict>;

const runIds = Type.Array(IdSchema, { minItems: 1, maxItems: verdictLimits.sideRunsMax });
const selector = text(512);
/**
 * GET /api/v1/compare : either runs of each side by id (`baselineRun=…&baselineRun=…&candidateRun=…`), or a profile with a selector of
 * variants for each side, or a campaign that was a comparison.
 */
export const CompareQuery = Type.Object(
  {
    baselineRun: Type.Optional(runIds),
    candidateRun: Type.Optional(runIds),
    profile: Type.Optional(IdSchema),
    baseline: Type.Optional(selector),
    candidate: Type.Optional(selector),
    campaign: Type.Optional(IdSchema),
    /** The newest so many of each side by profile; 20 without it. */
    runs: Type.Optional(Type.Integer({ minimum: 1, maximum: verdictLimits.sideRunsMax })),
    marginRatio: Type.Optional(Type.Number({ minimum: 0.001, maximum: 1 })),
  },
  strict,
);
export type CompareQuery = Static<typeof CompareQuery>;
export const Comparison = Type.Object(
  {
    /** The worst of the verdicts. */
    kind: VerdictKind,
    verdicts: Type.Array(Verdict, { minItems: 1, maxItems: verdictLimits.strataMax }),
  },
  strict,
);
export type Comparison = Static<typeof Comparison>;

/** GET /api/v1/profiles/:id/detectable?runsEach=…&variants=… : what a comparison could find, before it starts. */
export const DetectableQuery = Type.Object(
  {
    runsEach: Type.Integer({ minimum: 1, maximum: verdictLimits.sideRunsMax }),
    variants: Type.Optional(selector),
  },
  strict,
);
export type DetectableQuery = Static<typeof DetectableQuery>;
export const Detectable = Type.Object(
  {
    runsEach: count,
    figures: Type.Array(
      Type.Object(
        {
          figure: Figure,
          /** Standard deviation between runs, as a ratio; null without a history, and then by a usual 3 %. */
          noise: nullable(Type.Number()),
          historyRuns: count,
          detectable: nullable(ratio),
          /** Runs of each side that would find the profile's margin. */
          runsForMargin: nullable(count),
        },
        strict,
      ),
    ),
    /** How long it takes: two sides, all strata, ms. */
    expectedMs: nullable(count),
    sentence: text(512),
  },
  strict,
);
export type Detectable = Static<typeof Detectable>;
