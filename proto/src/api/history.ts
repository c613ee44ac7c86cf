// Runs of a profile along time, and the releases of all profiles beside each other.
import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { count, nullable, strict, text, timeMs } from "./common.ts";
import { Figure, ValidityLevel } from "./evidence.ts";
import { VariantLabels } from "./variant-labels.ts";
import { Difference, VerdictKind, verdictLimits } from "./verdicts.ts";

const ratio = Type.Number();
const selector = text(512);

/** One run along a history. */
export const HistoryPoint = Type.Object(
  {
    run: IdSchema,
    atMs: timeMs,
    release: text(64),
    value: Type.Number(),
    /** Within the run, µs. */
    low: nullable(Type.Number()),
    high: nullable(Type.Number()),
    validity: ValidityLevel,
    revision: count,
    isSuspect: Type.Boolean(),
  },
  strict,
);
export type HistoryPoint = Static<typeof HistoryPoint>;

/** A lasting change of level. */
export const ChangePoint = Type.Object(
  {
    /** The first run of the new level. */
    run: IdSchema,
    atMs: timeMs,
    ratio,
    before: Type.Number(),
    after: Type.Number(),
    /** Runs between which it may also lie: for display, its coverage is not calibrated. */
    fromRun: IdSchema,
    untilRun: IdSchema,
    /** What changed within a run of it; "coincides with", never "caused by". */
    coincidesWith: Type.Array(text(256)),
    sentence: text(512),
  },
  strict,
);
export type ChangePoint = Static<typeof ChangePoint>;

/** Something about the environment changed between two runs. */
export const Epoch = Type.Object(
  { run: IdSchema, atMs: timeMs, changes: Type.Array(Difference) },
  strict,
);
export type Epoch = Static<typeof Epoch>;

/** GET /api/v1/profiles/:id/history?figure=p99&variants=…&limit=… : oldest first, one series for each variant but its release. */
export const HistoryQuery = Type.Object(
  {
    figure: Type.Optional(Figure),
    variants: Type.Optional(selector),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: verdictLimits.historyPointsMax })),
  },
  strict,
);
export type HistoryQuery = Static<typeof HistoryQuery>;
export const History = Type.Object(
  {
    figure: Figure,
    unit: Type.Union([Type.Literal("us"), Type.Literal("1"), Type.Literal("1/s")]),
    series: Type.Array(
      Type.Object(
        {
          labels: VariantLabels,
          points: Type.Array(HistoryPoint),
          changes: Type.Array(ChangePoint),
          epochs: Type.Array(Epoch),
        },
        strict,
      ),
    ),
    isCut: Type.Boolean(),
  },
  strict,
);
export type History = Static<typeof History>;

/** GET /api/v1/board?figure=p50&across=release&baseline=3.1&profile=… : every profile's variants in rows, their releases in columns. */
export const BoardQuery = Type.Object(
  {
    figure: Type.Optional(Figure),
    /** The label whose values are the columns: release without it. */
    across: Type.Optional(text(32)),
    /** The column the others are compared with: each with the one before it without this. */
    baseline: Type.Optional(text(64)),
    profile: Type.Optional(IdSchema),
    sinceMs: Type.Optional(timeMs),
  },
  strict,
);
export type BoardQuery = Static<typeof BoardQuery>;

export const BoardCell = Type.Object(
  {
    runs: count,
    /** Median of the runs' values. */
    value: nullable(Type.Number()),
    /** Against the baseline column's cell; null in the baseline itself and where there is none. */
    ratio: nullable(ratio),
    low: nullable(ratio),
    high: nullable(ratio),
    verdict: nullable(VerdictKind),
    /** `machine list is 32 % faster [28, 35] than 3.1`. */
    sentence: text(512),
  },
  strict,
);
export type BoardCell = Static<typeof BoardCell>;
export const BoardRow = Type.Object(
  {
    profile: IdSchema,
    profileName: text(128),
    /** The label `operation`, or the profile's name. */
    operation: text(128),
    /** The label `dataset`, or empty. */
    dataset: text(64),
    /** All labels but the one across. */
    labels: VariantLabels,
    /** One for each column; null where nothing ran. */
    cells: Type.Array(nullable(BoardCell)),
  },
  strict,
);
export type BoardRow = Static<typeof BoardRow>;
export const Board = Type.Object(
  {
    figure: Figure,
    unit: Type.Union([Type.Literal("us"), Type.Literal("1"), Type.Literal("1/s")]),
    across: text(32),
    /** In the order of versions: 3.9 before 3.10. */
    columns: Type.Array(text(64)),
    rows: Type.Array(BoardRow),
    isCut: Type.Boolean(),
  },
  strict,
);
export type Board = Static<typeof Board>;
