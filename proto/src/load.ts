// A load test as data: the plan an agent carries out, what it reports every second, and how it ended.
import { Type, type Static } from "typebox";
import { loadLimits } from "./limits.ts";
import { jsonParser } from "./parse.ts";

const strict = { additionalProperties: false } as const;
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const timeMs = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });
const text = (maxLength: number) => Type.String({ maxLength });

/** When requests are due. Each pacing is a pure function from the request's index to its intended time. */
export const Pacing = Type.Union([
  Type.Object(
    {
      kind: Type.Literal("constant"),
      ratePerSecond: Type.Number({ exclusiveMinimum: 0, maximum: loadLimits.ratePerSecondMax }),
    },
    strict,
  ),
]);
export type Pacing = Static<typeof Pacing>;

/** How the generator waits for the next due time: a pacer thread, a 1 ms timer, or a spin that owns a core. */
export const Precision = Type.Union([
  Type.Literal("precise"),
  Type.Literal("economy"),
  Type.Literal("exact"),
]);
export type Precision = Static<typeof Precision>;

export const HttpMethod = Type.Enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
export type HttpMethod = Static<typeof HttpMethod>;

/** One request header; no CR, LF or NUL can pass. */
export const Header = Type.Object(
  {
    name: Type.String({
      pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
      minLength: 1,
      maxLength: loadLimits.headerNameLengthMax,
    }),
    value: Type.String({
      pattern: "^[\\t\\u0020-\\u007e\\u0080-\\u00ff]*$",
      maxLength: loadLimits.headerValueLengthMax,
    }),
  },
  strict,
);
export type Header = Static<typeof Header>;

/** Everything an agent needs to carry out its share of a run. */
export const LoadPlan = Type.Object(
  {
    driver: Type.Union([Type.Literal("http1")]),
    target: Type.String({
      pattern: "^http://[^\\s\\u0000-\\u0020\\u007f]+$",
      maxLength: loadLimits.urlLengthMax,
    }),
    method: HttpMethod,
    headers: Type.Array(Header, { maxItems: loadLimits.headersMax }),
    body: Type.String({ maxLength: loadLimits.bodyLengthMax }),
    pacing: Pacing,
    precision: Precision,
    connections: Type.Integer({ minimum: 1, maximum: loadLimits.connectionsMax }),
    durationMs: Type.Integer({ minimum: 100, maximum: loadLimits.durationMsMax }),
    timeoutMs: Type.Integer({ minimum: 1, maximum: loadLimits.timeoutMsMax }),
  },
  strict,
);
export type LoadPlan = Static<typeof LoadPlan>;

/** Where a latency is measured from. The UI never overlays different bases without saying so. */
export const bases = ["response", "service", "lateness"] as const;
export type Basis = (typeof bases)[number];

/** Why a request did not yield a response. */
export const requestErrors = [
  "connect",
  "timeout",
  "reset",
  "closed",
  "malformed",
  "refused",
] as const;
export type RequestError = (typeof requestErrors)[number];

const Histograms = Type.Object(
  {
    /** HdrHistogram V2 compressed, base64. */
    response: text(200_000),
    service: text(200_000),
    lateness: text(200_000),
  },
  strict,
);

/** Requests of one second, or of the whole run. */
export const Counts = Type.Object(
  {
    /** Due by the plan, written to a socket, and completed with a response. */
    due: count,
    sent: count,
    completed: count,
    /** Due but never sent: the backlog was full. */
    dropped: count,
    /** Connections opened, the first ones included. */
    connects: count,
    bytesSent: count,
    bytesReceived: count,
    /** By status code, "200" → n. */
    statuses: Type.Record(Type.String({ pattern: "^[1-9][0-9][0-9]$" }), count, {
      maxProperties: 100,
      additionalProperties: false,
    }),
    errors: Type.Object(
      Object.fromEntries(requestErrors.map((error) => [error, count])) as Record<
        RequestError,
        typeof count
      >,
      strict,
    ),
  },
  strict,
);
export type Counts = Static<typeof Counts>;

/** One second of a run: a delta, so that adding the intervals gives the run exactly. */
export const RunInterval = Type.Object(
  {
    /** 0, 1, 2 … within the run on this agent; the hub stores each index once. */
    index: count,
    /** Unix ms of the interval's start by the agent's clock, and its length. */
    startedAtMs: timeMs,
    durationMs: Type.Number({ minimum: 0, maximum: 3_600_000 }),
    counts: Counts,
    /** Requests waiting for a connection, and in flight, at the interval's end. */
    backlog: count,
    inFlight: count,
    histograms: Histograms,
  },
  strict,
);
export type RunInterval = Static<typeof RunInterval>;

/** How the generator itself fared: what says whether the latencies can be believed. */
export const GeneratorHealth = Type.Object(
  {
    /** CPU of the generating thread as a fraction of one core, and of the agent's process. */
    threadCpu: Type.Number({ minimum: 0 }),
    processCpu: Type.Number({ minimum: 0 }),
    eventLoopDelayP99Ms: Type.Number({ minimum: 0 }),
    eventLoopDelayMaxMs: Type.Number({ minimum: 0 }),
    gcPauseMs: Type.Number({ minimum: 0 }),
    /** Lateness while an idle connection existed, µs: the generator's own fault. */
    latenessP99Micros: Type.Number({ minimum: 0 }),
    latenessMaxMicros: Type.Number({ minimum: 0 }),
  },
  strict,
);
export type GeneratorHealth = Static<typeof GeneratorHealth>;

/** How a run ended on one agent. */
export const endStates = ["completed", "cancelled", "lease-lapsed", "failed", "refused"] as const;
export const EndState = Type.Enum(endStates);
export type EndState = (typeof endStates)[number];

/** What spoiled a run; an empty list means it can be believed. */
export const spoilers = [
  "generator-limited",
  "connection-limited",
  "dropped-requests",
  "rate-missed",
  "all-errors",
  "interrupted",
  "intervals-missing",
] as const;
export const Spoiler = Type.Object({ code: Type.Enum(spoilers), detail: text(512) }, strict);
export type Spoiler = Static<typeof Spoiler>;

export const RunFinal = Type.Object(
  {
    state: EndState,
    /** Why, in a sentence; empty for `completed`. */
    cause: text(512),
    startedAtMs: timeMs,
    endedAtMs: timeMs,
    intervals: count,
    counts: Counts,
    /** Never sent at the stop, and in flight at the stop: recorded at (stop − intended) as censored. */
    unsent: count,
    inFlight: count,
    histograms: Histograms,
    generator: GeneratorHealth,
    spoiled: Type.Array(Spoiler, { maxItems: 16 }),
  },
  strict,
);
export type RunFinal = Static<typeof RunFinal>;

export const parseRunInterval = jsonParser(RunInterval, "run interval");
export const parseRunFinal = jsonParser(RunFinal, "run result");
export const parseLoadPlan = jsonParser(LoadPlan, "load plan");

/** All counts at zero. */
export function emptyCounts(): Counts {
  return {
    due: 0,
    sent: 0,
    completed: 0,
    dropped: 0,
    connects: 0,
    bytesSent: 0,
    bytesReceived: 0,
    statuses: {},
    errors: { connect: 0, timeout: 0, reset: 0, closed: 0, malformed: 0, refused: 0 },
  };
}

/** The sum of two counts: commutative and associative, like the histograms beside them. */
export function addCounts(left: Counts, right: Counts): Counts {
  const statuses: Record<string, number> = { ...left.statuses };
  for (const [status, count] of Object.entries(right.statuses))
    statuses[status] = (statuses[status] ?? 0) + count;
  const errors = { ...left.errors };
  for (const error of requestErrors) errors[error] += right.errors[error];
  return {
    due: left.due + right.due,
    sent: left.sent + right.sent,
    completed: left.completed + right.completed,
    dropped: left.dropped + right.dropped,
    connects: left.connects + right.connects,
    bytesSent: left.bytesSent + right.bytesSent,
    bytesReceived: left.bytesReceived + right.bytesReceived,
    statuses,
    errors,
  };
}
