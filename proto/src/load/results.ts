// What a run reports: counts and histograms of every second, and how it ended.
import { Type, type Static } from "typebox";
import { jsonParser } from "../parse.ts";
import { installedDrivers } from "./drivers.ts";

const strict = { additionalProperties: false } as const;
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const timeMs = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });
const text = (maxLength: number) => Type.String({ maxLength });
const fraction = Type.Union([Type.Number({ minimum: 0 }), Type.Null()]);

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
  "tls",
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
    /** Completed with a status or a body other than the plan expects. */
    unexpected: count,
    /** Connections opened, the first ones included. */
    connects: count,
    bytesSent: count,
    bytesReceived: count,
    /** By status code, "200" → n: HTTP's, gRPC's, or 0 where the protocol has none. */
    statuses: Type.Record(Type.String({ pattern: "^(0|[1-9][0-9]{0,2})$" }), count, {
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
    /** The host over the run, as fractions of all its cores: CPU in use, and stolen by its hypervisor. Null where unknown. */
    hostCpu: fraction,
    hostSteal: fraction,
    /** Fraction of the run in which some task of the host waited for a CPU (PSI `some`). */
    hostCpuPressure: fraction,
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
  "agents-lost",
  "started-apart",
  "clock-uncertain",
] as const;
export const Spoiler = Type.Object({ code: Type.Enum(spoilers), detail: text(512) }, strict);
export type Spoiler = Static<typeof Spoiler>;

/** Who measured, and how exactly: what a stored histogram says of itself. */
export const Source = Type.Object(
  {
    generator: Type.Enum(["tidemark", ...installedDrivers]),
    version: text(64),
    /** Every request's own latency is in its slot. */
    exact: Type.Boolean(),
    /** What a value may be off by, as a fraction of itself, where it is not exact; null when unknown. */
    relativeErrorMax: fraction,
  },
  strict,
);
export type Source = Static<typeof Source>;

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
    source: Source,
    /** What a reader of the result must know besides, said aloud: an unchecked certificate, a histogram's origin. */
    remarks: Type.Array(text(512), { maxItems: 32 }),
    spoiled: Type.Array(Spoiler, { maxItems: 16 }),
  },
  strict,
);
export type RunFinal = Static<typeof RunFinal>;

export const parseRunInterval = jsonParser(RunInterval, "run interval");
export const parseRunFinal = jsonParser(RunFinal, "run result");

/** All counts at zero. */
export function emptyCounts(): Counts {
  return {
    due: 0,
    sent: 0,
    completed: 0,
    dropped: 0,
    unexpected: 0,
    connects: 0,
    bytesSent: 0,
    bytesReceived: 0,
    statuses: {},
    errors: { connect: 0, timeout: 0, reset: 0, closed: 0, malformed: 0, refused: 0, tls: 0 },
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
    unexpected: left.unexpected + right.unexpected,
    connects: left.connects + right.connects,
    bytesSent: left.bytesSent + right.bytesSent,
    bytesReceived: left.bytesReceived + right.bytesReceived,
    statuses,
    errors,
  };
}
