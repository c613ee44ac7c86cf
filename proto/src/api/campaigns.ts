// Campaigns: runs of one profile carried out one after the other for one purpose, among them the interleaved runs of a comparison.
import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { EndState } from "../load/results.ts";
import { count, nullable, strict, text, timeMs } from "./common.ts";
import { ValidityLevel } from "./evidence.ts";
import { LabelSelector } from "./load-spec.ts";
import { profileLimits } from "./profiles.ts";
import { RunProfile } from "./run-state.ts";
import { VariantLabels } from "./variant-labels.ts";
import { Verdict } from "./verdicts.ts";

/**
 * runs: a profile's variants, each as often as it repeats; comparison: two sides interleaved; rerun: a comparison the hub began by
 * itself because a run was suspect.
 */
export const campaignKinds = ["runs", "comparison", "rerun"] as const;
export const CampaignKind = Type.Enum(campaignKinds);
export type CampaignKind = (typeof campaignKinds)[number];

/** waiting: behind another campaign on the same agents or target. */
export const campaignStates = ["waiting", "running", "completed", "cancelled", "failed"] as const;
export const CampaignState = Type.Enum(campaignStates);
export type CampaignState = (typeof campaignStates)[number];

/** POST /api/v1/profiles/:id/run : 201 Campaign. */
export const NewCampaign = Type.Object(
  {
    /** The latest without it. */
    revision: Type.Optional(Type.Integer({ minimum: 1 })),
    /** Which variants; all without it. A selector that no variant matches is refused. */
    variants: Type.Optional(LabelSelector),
    /** The profile's own without it. */
    repeats: Type.Optional(Type.Integer({ minimum: 1, maximum: profileLimits.runsEachMax })),
  },
  strict,
);
export type NewCampaign = Static<typeof NewCampaign>;

/**
 * POST /api/v1/comparisons : 201 Campaign. Two selectors of variants that differ; variants of both sides are paired by the labels they
 * share, each pair a stratum: `release=3.5` with `release=3.6` for every dataset. The order is ABBA in random blocks, from the seed.
 */
export const NewComparison = Type.Object(
  {
    profile: IdSchema,
    revision: Type.Optional(Type.Integer({ minimum: 1 })),
    baseline: LabelSelector,
    candidate: LabelSelector,
    /** The profile's own settings without them. */
    runsEach: Type.Optional(Type.Integer({ minimum: 1, maximum: profileLimits.runsEachMax })),
    marginRatio: Type.Optional(Type.Number({ minimum: 0.001, maximum: 1 })),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xffff_ffff })),
  },
  strict,
);
export type NewComparison = Static<typeof NewComparison>;

/** A run of a campaign that has no run yet waits, or is skipped for good. */
export const StepState = Type.Union([
  Type.Literal("waiting"),
  Type.Literal("skipped"),
  Type.Literal("pending"),
  Type.Literal("running"),
  EndState,
]);
export type StepState = Static<typeof StepState>;

/** One run of a campaign, in the order they are carried out. */
export const CampaignStep = Type.Object(
  {
    variant: VariantLabels,
    /** Of a comparison. */
    side: nullable(Type.Union([Type.Literal("baseline"), Type.Literal("candidate")])),
    /** null while it waits. */
    run: nullable(IdSchema),
    state: StepState,
    /** Why it did not run or ended otherwise than completed. */
    cause: text(512),
    validity: nullable(ValidityLevel),
  },
  strict,
);
export type CampaignStep = Static<typeof CampaignStep>;

export const Campaign = Type.Object(
  {
    id: IdSchema,
    kind: CampaignKind,
    profile: RunProfile,
    state: CampaignState,
    cause: text(512),
    createdBy: text(64),
    createdAtMs: timeMs,
    startedAtMs: nullable(timeMs),
    endedAtMs: nullable(timeMs),
    /** When it should be over at the latest, by the lengths of its runs. */
    expectedEndMs: nullable(timeMs),
    /** The schedule whose firing it is. */
    schedule: nullable(IdSchema),
    /** The run that was suspect. */
    suspect: nullable(IdSchema),
    /** Of a comparison. */
    comparison: nullable(
      Type.Object(
        {
          baseline: LabelSelector,
          candidate: LabelSelector,
          runsEach: count,
          marginRatio: Type.Number(),
          seed: count,
        },
        strict,
      ),
    ),
    steps: Type.Array(CampaignStep),
    /** Of a comparison, one for each stratum, once it has ended; before, what its runs so far say. Empty in a list. */
    verdicts: Type.Array(Verdict),
  },
  strict,
);
export type Campaign = Static<typeof Campaign>;

/** GET /api/v1/campaigns?profile=…&schedule=…&kind=…&cursor=…&limit=… : newest first. POST /api/v1/campaigns/:id/cancel ends one. */
export const CampaignQuery = Type.Object(
  {
    profile: Type.Optional(IdSchema),
    schedule: Type.Optional(IdSchema),
    kind: Type.Optional(CampaignKind),
    cursor: Type.Optional(text(256)),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  strict,
);
export type CampaignQuery = Static<typeof CampaignQuery>;
export const CampaignList = Type.Object(
  { items: Type.Array(Campaign), nextCursor: nullable(text(256)) },
  strict,
);
export type CampaignList = Static<typeof CampaignList>;

/** Event `campaign` of GET /api/v1/live: a campaign or one of its steps changed; the whole is at its own address. */
export const CampaignNews = Type.Object(
  {
    id: IdSchema,
    profile: IdSchema,
    kind: CampaignKind,
    state: CampaignState,
    cause: text(512),
    steps: count,
    /** Steps that have ended or will not run. */
    stepsDone: count,
    /** The run under way. */
    run: nullable(IdSchema),
  },
  strict,
);
export type CampaignNews = Static<typeof CampaignNews>;
