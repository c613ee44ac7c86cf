import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { loadLimits } from "../limits.ts";
import {
  Counts,
  EndState,
  GeneratorHealth,
  Header,
  HttpMethod,
  Precision,
  Spoiler,
} from "../load.ts";
import { count, nullable, plainText, strict, text, timeMs } from "./common.ts";

/** pending: sent to the agent; running; then one of the end states. */
export const RunState = Type.Union([Type.Literal("pending"), Type.Literal("running"), EndState]);
export type RunState = Static<typeof RunState>;

/** POST /api/v1/runs */
export const NewRun = Type.Object(
  {
    agent: IdSchema,
    name: Type.Optional(plainText(128)),
    target: Type.String({ minLength: 8, maxLength: loadLimits.urlLengthMax }),
    method: Type.Optional(HttpMethod),
    headers: Type.Optional(Type.Array(Header, { maxItems: loadLimits.headersMax })),
    body: Type.Optional(Type.String({ maxLength: loadLimits.bodyLengthMax })),
    ratePerSecond: Type.Number({ exclusiveMinimum: 0, maximum: loadLimits.ratePerSecondMax }),
    connections: Type.Integer({ minimum: 1, maximum: loadLimits.connectionsMax }),
    durationSeconds: Type.Number({ minimum: 0.1, maximum: loadLimits.durationMsMax / 1000 }),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: loadLimits.timeoutMsMax })),
    precision: Type.Optional(Precision),
  },
  strict,
);
export type NewRun = Static<typeof NewRun>;

/** Percentiles of one basis over the whole run, µs; null while nothing was recorded. */
export const LatencySummary = Type.Object(
  {
    count,
    mean: nullable(Type.Number()),
    min: nullable(Type.Number()),
    p50: nullable(Type.Number()),
    p90: nullable(Type.Number()),
    p95: nullable(Type.Number()),
    p99: nullable(Type.Number()),
    p999: nullable(Type.Number()),
    max: nullable(Type.Number()),
  },
  strict,
);
export type LatencySummary = Static<typeof LatencySummary>;

export const Run = Type.Object(
  {
    id: IdSchema,
    name: text(128),
    agent: IdSchema,
    agentName: text(128),
    target: text(loadLimits.urlLengthMax),
    method: HttpMethod,
    ratePerSecond: Type.Number(),
    connections: count,
    durationSeconds: Type.Number(),
    timeoutMs: count,
    precision: Precision,
    /** Names of the request headers; values may be secrets and stay in the task. */
    headerNames: Type.Array(text(loadLimits.headerNameLengthMax)),
    bodyBytes: count,
    state: RunState,
    cause: text(512),
    createdBy: text(64),
    createdAtMs: timeMs,
    startedAtMs: nullable(timeMs),
    endedAtMs: nullable(timeMs),
    counts: Counts,
    unsent: count,
    inFlight: count,
    achievedPerSecond: nullable(Type.Number()),
    response: LatencySummary,
    service: LatencySummary,
    lateness: LatencySummary,
    generator: nullable(GeneratorHealth),
    /** What spoiled it; empty means it can be believed. */
    spoiled: Type.Array(Spoiler),
  },
  strict,
);
export type Run = Static<typeof Run>;

/** GET /api/v1/runs?agent=…&cursor=…&limit=… newest first */
export const RunQuery = Type.Object(
  {
    agent: Type.Optional(IdSchema),
    cursor: Type.Optional(text(256)),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  strict,
);
export const RunList = Type.Object(
  { items: Type.Array(Run), nextCursor: nullable(text(256)) },
  strict,
);
export type RunList = Static<typeof RunList>;

/** GET /api/v1/runs/:id/timeline : one entry a second, columnar. Latencies in µs. */
export const RunTimeline = Type.Object(
  {
    /** Unix ms of each interval's start. */
    times: Type.Array(timeMs),
    durationMs: Type.Array(Type.Number()),
    due: Type.Array(count),
    sent: Type.Array(count),
    completed: Type.Array(count),
    errors: Type.Array(count),
    /** Responses with status 400 or above. */
    failedStatuses: Type.Array(count),
    dropped: Type.Array(count),
    backlog: Type.Array(count),
    inFlight: Type.Array(count),
    response: Type.Object(
      {
        p50: Type.Array(nullable(Type.Number())),
        p90: Type.Array(nullable(Type.Number())),
        p99: Type.Array(nullable(Type.Number())),
        max: Type.Array(nullable(Type.Number())),
      },
      strict,
    ),
    service: Type.Object(
      { p50: Type.Array(nullable(Type.Number())), p99: Type.Array(nullable(Type.Number())) },
      strict,
    ),
  },
  strict,
);
export type RunTimeline = Static<typeof RunTimeline>;

/** GET /api/v1/runs/:id/spectrum : the percentile spectrum and the histogram of each basis. */
export const Spectrum = Type.Object(
  {
    /** Points of the percentile curve: percentile 0 … 100 and value µs, 5 ticks per half-distance like HdrHistogram's own. */
    percentiles: Type.Array(
      Type.Object({ percentile: Type.Number(), micros: Type.Number() }, strict),
    ),
    /** Log-spaced bars: from inclusive, to exclusive, µs. */
    bars: Type.Array(Type.Object({ from: Type.Number(), to: Type.Number(), count }, strict)),
  },
  strict,
);
export type Spectrum = Static<typeof Spectrum>;
export const RunSpectrum = Type.Object(
  {
    response: Spectrum,
    service: Spectrum,
    lateness: Spectrum,
    /** HdrHistogram V2 compressed, base64, for other tools. */
    encoded: Type.Object(
      { response: text(200_000), service: text(200_000), lateness: text(200_000) },
      strict,
    ),
  },
  strict,
);
export type RunSpectrum = Static<typeof RunSpectrum>;

/**
 * GET /api/v1/runs/:id/live (server-sent events)
 * event `interval`: RunTimeline with one entry; event `run`: Run, when its state changed; the stream ends after an end state.
 */
export const RunEvents = Type.Union([Type.Literal("interval"), Type.Literal("run")]);
