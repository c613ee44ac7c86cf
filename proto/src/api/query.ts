import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { apiLimits } from "../limits.ts";
import { Labels, SeriesKind } from "../series.ts";
import { count, nullable, strict, text, timeSeconds } from "./common.ts";

/** GET /api/v1/metrics */
export const CatalogueEntry = Type.Object(
  {
    name: text(128),
    unit: text(32),
    kind: SeriesKind,
    decimals: count,
    labels: Type.Array(text(64)),
    help: text(256),
  },
  strict,
);
export const Catalogue = Type.Object({ items: Type.Array(CatalogueEntry) }, strict);
export type Catalogue = Static<typeof Catalogue>;

/** raw second data, or roll-ups. The API picks the finest that fits the point budget. */
export const Resolution = Type.Union([Type.Literal("raw"), Type.Literal("1m"), Type.Literal("1h")]);
export type Resolution = Static<typeof Resolution>;

/**
 * GET /api/v1/query/range?agent=…&metric=…&metric=…&from=…&to=…&points=…
 * Unix seconds, from inclusive, to exclusive. `label=key%3Dvalue` filters series.
 */
export const RangeQuery = Type.Object(
  {
    agent: Type.Array(IdSchema, { minItems: 1, maxItems: 64 }),
    metric: Type.Array(text(128), { minItems: 1, maxItems: apiLimits.queryMetricsMax }),
    label: Type.Optional(Type.Array(text(400), { maxItems: 16 })),
    from: timeSeconds,
    to: timeSeconds,
    /** Most points per series; 600 without it. */
    points: Type.Optional(Type.Integer({ minimum: 1, maximum: apiLimits.queryPointsMax })),
    resolution: Type.Optional(Resolution),
  },
  strict,
);
export type RangeQuery = Static<typeof RangeQuery>;

/** One series on the answer's common time axis. `mean` is what charts draw; `min` and `max` are absent for raw data at full resolution. */
export const RangeSeries = Type.Object(
  {
    agent: IdSchema,
    metric: text(128),
    labels: Labels,
    unit: text(32),
    kind: SeriesKind,
    mean: Type.Array(nullable(Type.Number())),
    min: Type.Optional(Type.Array(nullable(Type.Number()))),
    max: Type.Optional(Type.Array(nullable(Type.Number()))),
  },
  strict,
);
export type RangeSeries = Static<typeof RangeSeries>;

export const RangeResult = Type.Object(
  {
    resolution: Resolution,
    /** Seconds from point to point. */
    stepSeconds: count,
    times: Type.Array(Type.Integer()),
    series: Type.Array(RangeSeries),
    /** True when more series matched than `querySeriesMax`. */
    truncated: Type.Boolean(),
  },
  strict,
);
export type RangeResult = Static<typeof RangeResult>;

/** GET /api/v1/query/top?metric=…&from=…&to=…&n=…&by=mean|max : the hosts with the highest value. */
export const TopQuery = Type.Object(
  {
    metric: text(128),
    label: Type.Optional(Type.Array(text(400), { maxItems: 16 })),
    from: timeSeconds,
    to: timeSeconds,
    n: Type.Optional(Type.Integer({ minimum: 1, maximum: apiLimits.topMax })),
    by: Type.Optional(Type.Union([Type.Literal("mean"), Type.Literal("max")])),
  },
  strict,
);
export type TopQuery = Static<typeof TopQuery>;
export const TopResult = Type.Object(
  {
    metric: text(128),
    unit: text(32),
    items: Type.Array(
      Type.Object(
        {
          agent: IdSchema,
          name: text(128),
          labels: Labels,
          mean: Type.Number(),
          max: Type.Number(),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type TopResult = Static<typeof TopResult>;

/**
 * GET /api/v1/live?agent=…&metric=…&metric=… (server-sent events)
 * event `samples`: LiveSamples, whenever the hub stored a batch of a watched agent. event `agents`: an Agent, when its state changed.
 * event `campaign`: CampaignNews, when a campaign or one of its steps changed.
 * A comment line every 15 s keeps proxies awake.
 */
export const LiveQuery = Type.Object(
  {
    agent: Type.Optional(Type.Array(IdSchema, { maxItems: 64 })),
    metric: Type.Optional(Type.Array(text(128), { maxItems: apiLimits.queryMetricsMax })),
  },
  strict,
);
export type LiveQuery = Static<typeof LiveQuery>;
export const LiveSamples = Type.Object(
  {
    agent: IdSchema,
    times: Type.Array(Type.Integer()),
    series: Type.Array(
      Type.Object(
        {
          metric: text(128),
          labels: Labels,
          unit: text(32),
          kind: SeriesKind,
          values: Type.Array(nullable(Type.Number())),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type LiveSamples = Static<typeof LiveSamples>;
