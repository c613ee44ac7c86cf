// What a run is worth as evidence, and the figures it brings. The run is the unit: requests of one run are no repetitions of
// each other.
import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { count, nullable, strict, text, timeMs } from "./common.ts";
import { VariantLabels } from "./variant-labels.ts";

const micros = nullable(Type.Number());

/** valid: evidence. flagged: evidence with a caveat. invalid: none; the reason is kept, and the run is shown but not counted. */
export const validityLevels = ["valid", "flagged", "invalid"] as const;
export const ValidityLevel = Type.Enum(validityLevels);
export type ValidityLevel = (typeof validityLevels)[number];

/** The rules a run is held against; `deploy/docs/validity.md` has each one's threshold and reason. */
export const validityRules = [
  /** The run did not complete, or lost an agent or intervals. */
  "incomplete",
  /** achieved/target below .99, requests dropped, late sends, a saturated core, event-loop delay, GC pauses. */
  "generator",
  /** CPU stolen, pressure, throttling or swapping on the generating host. */
  "host",
  /** The clock was stepped, or agents' clocks are uncertain. */
  "clock",
  /** The first part of the run differs from the rest. */
  "warm-up",
  /** The rest changed its level or its spread. */
  "unstable",
  /** Errors or unexpected responses: failures are fast, so latencies are withheld; the error figure counts. */
  "errors",
  /** Too few requests beyond a percentile, or values past the histogram's end: that percentile is withheld. */
  "tail",
  /** Two or more modes of latency. */
  "bimodal",
  /** Far outside the history of its profile. */
  "suspect",
] as const;
export const ValidityRule = Type.Enum(validityRules);
export type ValidityRule = (typeof validityRules)[number];

export const ValidityFinding = Type.Object(
  {
    rule: ValidityRule,
    /** noted: said of the run, which is worth no less for it. */
    level: Type.Union([Type.Literal("noted"), Type.Literal("flagged"), Type.Literal("invalid")]),
    /** What was found, with its figure and the threshold. */
    detail: text(512),
  },
  strict,
);
export type ValidityFinding = Static<typeof ValidityFinding>;
export const Validity = Type.Object(
  { level: ValidityLevel, findings: Type.Array(ValidityFinding, { maxItems: 32 }) },
  strict,
);
export type Validity = Static<typeof Validity>;

/** The figures that are compared. Latencies are response times, from when a request was due. */
export const figures = ["p50", "p95", "p99", "errors", "capacity"] as const;
export const Figure = Type.Enum(figures);
export type Figure = (typeof figures)[number];

/** Figures of one run; null where they are withheld. */
export const RunFigures = Type.Object(
  {
    requests: count,
    p50: micros,
    p95: micros,
    p99: micros,
    /** 95 % intervals within the run (Woodruff over its slices), µs; null where there are too few slices. */
    intervals: Type.Object(
      {
        p50: nullable(Type.Tuple([Type.Number(), Type.Number()])),
        p95: nullable(Type.Tuple([Type.Number(), Type.Number()])),
        p99: nullable(Type.Tuple([Type.Number(), Type.Number()])),
      },
      strict,
    ),
    /** Failed, dropped and unexpected requests as a fraction of those due. */
    errorRatio: Type.Number({ minimum: 0 }),
    achievedPerSecond: nullable(Type.Number()),
    /** Highest rate that met the objective; of a search alone. */
    capacityPerSecond: nullable(Type.Number()),
  },
  strict,
);
export type RunFigures = Static<typeof RunFigures>;

/** What has to be the same for runs to be comparable, in words: `{ rate: "1000/s constant", connections: "32", … }`. */
export const ComparisonKey = Type.Record(Type.String({ maxLength: 64 }), text(256), {
  maxProperties: 32,
  additionalProperties: false,
});
export type ComparisonKey = Static<typeof ComparisonKey>;

/** What may differ and is told: kernel, generator's version, host, processor: by `what` or, for several agents, `agent: what`. */
export const Environment = Type.Record(Type.String({ maxLength: 192 }), text(256), {
  maxProperties: 512,
  additionalProperties: false,
});
export type Environment = Static<typeof Environment>;

/** One run of a side. */
export const EvidenceRun = Type.Object(
  {
    run: IdSchema,
    name: text(128),
    startedAtMs: nullable(timeMs),
    variant: VariantLabels,
    profileRevision: nullable(count),
    validity: Validity,
    figures: RunFigures,
    /** Why it does not count; empty when it does. */
    excluded: text(512),
  },
  strict,
);
export type EvidenceRun = Static<typeof EvidenceRun>;
