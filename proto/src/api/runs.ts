import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { loadLimits } from "../limits.ts";
import { DriverName } from "../load/drivers.ts";
import { CapacitySearch, Pacing } from "../load/pacing.ts";
import { HttpMethod, Precision } from "../load/plan.ts";
import { Counts, GeneratorHealth, Source, Spoiler } from "../load/results.ts";
import { Share } from "../load/share.ts";
import { count, nullable, plainText, strict, text, timeMs } from "./common.ts";
import { Validity } from "./evidence.ts";
import { LabelSelector, loadFields } from "./load-spec.ts";
import { RunProfile, RunState } from "./run-state.ts";
import { VariantLabels } from "./variant-labels.ts";

/**
 * POST /api/v1/runs. Who generates: `agents`, or `selector`, or `agent` for one alone; a selector that nobody matches starts
 * nothing. What is due: `pacing`, or `ratePerSecond` for a constant rate, or `preset`. POST /api/v1/runs/try takes the same from
 * one agent, needs no rate, answers with the TriedExchange, and stores nothing; the policy decides as for a run.
 */
export const NewRun = Type.Object(
  {
    agent: Type.Optional(IdSchema),
    agents: Type.Optional(Type.Array(IdSchema, { minItems: 1, maxItems: loadLimits.agentsMax })),
    selector: Type.Optional(LabelSelector),
    name: Type.Optional(plainText(128)),
    ...loadFields,
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

/** What one agent, or all of them together, made of a run. */
const outcome = {
  startedAtMs: nullable(timeMs),
  endedAtMs: nullable(timeMs),
  counts: Counts,
  unsent: count,
  inFlight: count,
  achievedPerSecond: nullable(Type.Number()),
  response: LatencySummary,
  service: LatencySummary,
  lateness: LatencySummary,
  /** What spoiled it; empty means it can be believed. */
  spoiled: Type.Array(Spoiler),
  /** What a reader must know besides. */
  remarks: Type.Array(text(512)),
} as const;

/** One agent's part of a run. */
export const RunAgent = Type.Object(
  {
    agent: IdSchema,
    agentName: text(128),
    share: Share,
    state: RunState,
    cause: text(512),
    /** The agent's clock beside the hub's when the run was prepared, ms, and how far that may be off; null when it was not asked. */
    clock: nullable(
      Type.Object({ aheadMs: Type.Number(), uncertaintyMs: Type.Number({ minimum: 0 }) }, strict),
    ),
    ...outcome,
    generator: nullable(GeneratorHealth),
    source: nullable(Source),
  },
  strict,
);
export type RunAgent = Static<typeof RunAgent>;

/** One rate that a search tried: a run of its own. */
export const SearchStep = Type.Object(
  {
    run: IdSchema,
    ratePerSecond: Type.Number(),
    /** null while it runs. */
    holds: nullable(Type.Boolean()),
    /** The evidence in a sentence: the percentile, the errors, or what spoiled it. */
    evidence: text(512),
    responseMs: nullable(Type.Number()),
    errorRatio: nullable(Type.Number()),
    achievedPerSecond: nullable(Type.Number()),
  },
  strict,
);
export type SearchStep = Static<typeof SearchStep>;

export const Run = Type.Object(
  {
    id: IdSchema,
    name: text(128),
    /** Who generates, in the order of their shares. What those of a search measured stands in its steps, not here. */
    agents: Type.Array(RunAgent),
    driver: DriverName,
    target: text(loadLimits.urlLengthMax),
    method: HttpMethod,
    pacing: Type.Union([Pacing, CapacitySearch]),
    connections: count,
    streams: count,
    workers: count,
    warmupSeconds: Type.Number(),
    durationSeconds: Type.Number(),
    timeoutMs: count,
    precision: Precision,
    /** Names of the request headers; values may be secrets and stay in the task. */
    headerNames: Type.Array(text(loadLimits.headerNameLengthMax)),
    bodyBytes: count,
    /** The plan's other options, each in a few words. */
    options: Type.Array(text(256)),
    state: RunState,
    cause: text(512),
    createdBy: text(64),
    createdAtMs: timeMs,
    ...outcome,
    /** The steps and the answer of a search; null for any other run. */
    search: nullable(
      Type.Object(
        {
          steps: Type.Array(SearchStep),
          /** Highest rate that met the objective, requests/s; null while unknown or when none did. */
          answerPerSecond: nullable(Type.Number()),
          /** The answer in a sentence. */
          answer: text(512),
        },
        strict,
      ),
    ),
    /** The search this run is a step of. */
    partOf: nullable(IdSchema),
    /** The profile it ran; null for one that was made up for the occasion. */
    profile: nullable(RunProfile),
    /** Labels of the profile's variant; none without a profile. */
    variant: VariantLabels,
    /** The campaign it is a part of. */
    campaign: nullable(IdSchema),
    /** What it is worth as evidence; null until it has ended and was judged. */
    validity: nullable(Validity),
  },
  strict,
);
export type Run = Static<typeof Run>;

/** PATCH /api/v1/runs/:id */
export const RunEdit = Type.Object({ name: plainText(128) }, strict);
export type RunEdit = Static<typeof RunEdit>;

/** For timeline and spectrum: one agent's part alone. */
export const RunPartQuery = Type.Object({ agent: Type.Optional(IdSchema) }, strict);

/** GET /api/v1/runs?agent=…&partOf=…&profile=…&campaign=…&cursor=…&limit=… newest first */
export const RunQuery = Type.Object(
  {
    agent: Type.Optional(IdSchema),
    /** The steps of this search; without it, runs that are no steps. */
    partOf: Type.Optional(IdSchema),
    profile: Type.Optional(IdSchema),
    campaign: Type.Optional(IdSchema),
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

/** GET /api/v1/runs/:id/timeline?agent=… : one entry a second, columnar, all agents merged or one alone. Latencies in µs. */
export const RunTimeline = Type.Object(
  {
    /** Unix ms of each interval's start. */
    times: Type.Array(timeMs),
    durationMs: Type.Array(Type.Number()),
    due: Type.Array(count),
    sent: Type.Array(count),
    completed: Type.Array(count),
    errors: Type.Array(count),
    /** Responses with another status or body than the plan expects. */
    unexpected: Type.Array(count),
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

/** GET /api/v1/runs/:id/spectrum?agent=… : the percentile spectrum and the histogram of each basis. */
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
 * event `interval`: RunTimeline with one entry, all agents merged as far as they have reported; event `run`: Run, when its state changed; the stream ends after an end state.
 */
export const RunEvents = Type.Union([Type.Literal("interval"), Type.Literal("run")]);
