// When requests are due, as data. The agent's pacings turn each of these into a pure schedule.
import { Type, type Static } from "typebox";
import { loadLimits } from "../limits.ts";

const strict = { additionalProperties: false } as const;
const rate = Type.Number({ exclusiveMinimum: 0, maximum: loadLimits.ratePerSecondMax });
const rateOrNone = Type.Number({ minimum: 0, maximum: loadLimits.ratePerSecondMax });

/** The same rate throughout. */
export const ConstantRate = Type.Object(
  { kind: Type.Literal("constant"), ratePerSecond: rate },
  strict,
);
/** A rate that changes linearly over the whole duration. */
export const LinearRamp = Type.Object(
  { kind: Type.Literal("ramp"), fromPerSecond: rateOrNone, toPerSecond: rateOrNone },
  strict,
);
/** One stretch of a staged plan: from the rate before it to `toPerSecond`, linearly. */
export const Stage = Type.Object(
  {
    durationMs: Type.Integer({ minimum: 100, maximum: loadLimits.durationMsMax }),
    toPerSecond: rateOrNone,
  },
  strict,
);
export type Stage = Static<typeof Stage>;
/** Ramps one after the other. Together the stages last as long as the plan; two with the same rate hold it. */
export const Stages = Type.Object(
  {
    kind: Type.Literal("stages"),
    fromPerSecond: rateOrNone,
    stages: Type.Array(Stage, { minItems: 1, maxItems: loadLimits.stagesMax }),
  },
  strict,
);
/** Independent arrivals with a mean rate: exponential gaps from a seed, the same on every machine. */
export const PoissonArrivals = Type.Object(
  {
    kind: Type.Literal("poisson"),
    ratePerSecond: rate,
    seed: Type.Integer({ minimum: 0, maximum: 0xffff_ffff }),
  },
  strict,
);
/** Closed loop: each client sends its next request `thinkMs` after the answer to the one before. */
export const ClosedLoop = Type.Object(
  {
    kind: Type.Literal("closed"),
    clients: Type.Integer({ minimum: 1, maximum: loadLimits.connectionsMax }),
    thinkMs: Type.Number({ minimum: 0, maximum: loadLimits.thinkMsMax }),
  },
  strict,
);
/** Closed loop without a pause on every connection: as fast as the target answers. */
export const AsFastAsPossible = Type.Object({ kind: Type.Literal("max") }, strict);

/** When requests are due. Each pacing is a pure plan; an open one is a function from a request's index to its intended time. */
export const Pacing = Type.Union([
  ConstantRate,
  LinearRamp,
  Stages,
  PoissonArrivals,
  ClosedLoop,
  AsFastAsPossible,
]);
export type Pacing = Static<typeof Pacing>;
export type PacingKind = Pacing["kind"];

/** Pacings whose requests are due whatever the server does. */
export const openPacings = [
  "constant",
  "ramp",
  "stages",
  "poisson",
] as const satisfies readonly PacingKind[];

/** What a search for the highest rate must hold to. */
export const Objective = Type.Object(
  {
    /** This percentile of the response time … */
    percentile: Type.Number({ exclusiveMinimum: 0, maximum: 100 }),
    /** … is at most this, ms. */
    responseMs: Type.Number({ exclusiveMinimum: 0, maximum: 3_600_000 }),
    /** Failed, dropped and unexpected requests as a fraction of those due are at most this. */
    errorRatioMax: Type.Number({ minimum: 0, maximum: 1 }),
  },
  strict,
);
export type Objective = Static<typeof Objective>;

/** Runs at constant rates, one after the other, until the highest that meets the objective is known. The hub leads it. */
export const CapacitySearch = Type.Object(
  {
    kind: Type.Literal("search"),
    objective: Objective,
    fromPerSecond: rate,
    toPerSecond: rate,
    stepSeconds: Type.Number({ minimum: 1, maximum: 3_600 }),
    /** The answer is known to this fraction of itself. */
    toleranceRatio: Type.Number({ minimum: 0.001, maximum: 0.5 }),
  },
  strict,
);
export type CapacitySearch = Static<typeof CapacitySearch>;

/** Highest rate a pacing asks for at any moment, requests/s; undefined for closed loops, whose rate the target decides. */
export function peakPerSecond(pacing: Pacing): number | undefined {
  switch (pacing.kind) {
    case "constant":
    case "poisson":
      return pacing.ratePerSecond;
    case "ramp":
      return Math.max(pacing.fromPerSecond, pacing.toPerSecond);
    case "stages":
      return Math.max(pacing.fromPerSecond, ...pacing.stages.map(({ toPerSecond }) => toPerSecond));
    case "closed":
    case "max":
      return undefined;
  }
}

/** Rate at the first moment, requests/s: what a warm-up sends; undefined for closed loops. */
export function firstPerSecond(pacing: Pacing): number | undefined {
  return pacing.kind === "ramp" || pacing.kind === "stages"
    ? pacing.fromPerSecond
    : peakPerSecond(pacing);
}

/** Requests of an open pacing over a whole run on average; undefined for closed loops. */
export function expectedRequests(pacing: Pacing, durationMs: number): number | undefined {
  const seconds = durationMs / 1_000;
  switch (pacing.kind) {
    case "constant":
    case "poisson":
      return pacing.ratePerSecond * seconds;
    case "ramp":
      return ((pacing.fromPerSecond + pacing.toPerSecond) / 2) * seconds;
    case "stages": {
      let before = pacing.fromPerSecond;
      let requests = 0;
      for (const { durationMs: ms, toPerSecond } of pacing.stages) {
        requests += ((before + toPerSecond) / 2) * (ms / 1_000);
        before = toPerSecond;
      }
      return requests;
    }
    case "closed":
    case "max":
      return undefined;
  }
}

/** How long the stages last together, ms. */
export function stagesDurationMs(stages: readonly Stage[]): number {
  return stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
}
