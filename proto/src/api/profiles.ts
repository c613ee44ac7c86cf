// Profiles: load tests that are kept, named and repeated, in revisions that never change.
import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { loadLimits } from "../limits.ts";
import { DriverName } from "../load/drivers.ts";
import { Objective } from "../load/pacing.ts";
import { Header } from "../load/plan.ts";
import { AgentLabels } from "./agents.ts";
import { count, nullable, plainText, strict, text, timeMs } from "./common.ts";
import { LabelSelector, LoadSpec } from "./load-spec.ts";
import { RunState } from "./run-state.ts";
import { VariantLabels } from "./variant-labels.ts";

/** Bounds of what is kept about profiles and done with them. */
export const profileLimits = {
  profilesMax: 1_000,
  revisionsMax: 1_000,
  variantsMax: 64,
  objectivesMax: 8,
  /** Runs of one campaign. */
  campaignRunsMax: 1_000,
  runsEachMax: 100,
  /** Bytes of a profile's own JSON: it is one value of a key-value bucket. */
  specBytesMax: 900_000,
  /** Characters of a document to import. */
  documentLengthMax: 1_800_000,
} as const;

/** One way to run a profile: its labels, and what it sends elsewhere or otherwise than the profile's load says. */
export const Variant = Type.Object(
  {
    labels: VariantLabels,
    target: Type.Optional(Type.String({ minLength: 6, maxLength: loadLimits.urlLengthMax })),
    /** Besides the load's own; one of the same name (in any case) takes its place. */
    headers: Type.Optional(Type.Array(Header, { maxItems: loadLimits.headersMax })),
    body: Type.Optional(Type.String({ maxLength: loadLimits.bodyLengthMax })),
  },
  strict,
);
export type Variant = Static<typeof Variant>;

/** What happens when a run is far outside its history: its old and its new release run again, interleaved, or it is only told. */
export const OnSuspect = Type.Union([Type.Literal("rerun"), Type.Literal("tell")]);
export type OnSuspect = Static<typeof OnSuspect>;

/** How a profile's runs are compared. */
export const ComparisonSettings = Type.Object(
  {
    /** Runs of each side: chosen before the first one. */
    runsEach: Type.Integer({ minimum: 1, maximum: profileLimits.runsEachMax }),
    /** A difference below this does not matter: .05 is 5 %. */
    marginRatio: Type.Number({ minimum: 0.001, maximum: 1 }),
    onSuspect: OnSuspect,
  },
  strict,
);
export type ComparisonSettings = Static<typeof ComparisonSettings>;
export const defaultComparison: ComparisonSettings = {
  runsEach: 8,
  marginRatio: 0.05,
  onSuspect: "rerun",
};

/** Who generates a profile's load; exactly one of them is given. */
export const Placement = Type.Object(
  {
    agents: Type.Optional(Type.Array(IdSchema, { minItems: 1, maxItems: loadLimits.agentsMax })),
    selector: Type.Optional(LabelSelector),
  },
  strict,
);
export type Placement = Static<typeof Placement>;

/** What a revision says. Secrets are names in the agents' own secret files: a header that usually holds one must refer to it. */
export const ProfileSpec = Type.Object(
  {
    name: plainText(128, 1),
    description: Type.Optional(plainText(2_000)),
    labels: Type.Optional(AgentLabels),
    load: LoadSpec,
    placement: Placement,
    /** Without any, the profile runs one way, which has no labels. No two have the same labels. */
    variants: Type.Optional(Type.Array(Variant, { maxItems: profileLimits.variantsMax })),
    /** What every run must meet, for the gate; a run that does not is still evidence. */
    objectives: Type.Optional(Type.Array(Objective, { maxItems: profileLimits.objectivesMax })),
    /** Runs of each variant when the profile is run. */
    repeats: Type.Optional(Type.Integer({ minimum: 1, maximum: profileLimits.runsEachMax })),
    comparison: Type.Optional(Type.Partial(ComparisonSettings)),
  },
  strict,
);
export type ProfileSpec = Static<typeof ProfileSpec>;

/** GET /api/v1/profiles/:id, and one of its revisions under …/revisions/:revision. */
export const Profile = Type.Object(
  {
    id: IdSchema,
    /** 1, 2, 3 …; a run keeps the one it ran. */
    revision: Type.Integer({ minimum: 1 }),
    spec: ProfileSpec,
    createdAtMs: timeMs,
    createdBy: text(64),
    /** Of this revision. */
    revisedAtMs: timeMs,
    revisedBy: text(64),
    /** It is kept for its runs and can be run no more. */
    archivedAtMs: nullable(timeMs),
    /** What keeps its agents from running it now; agents come and go. */
    remarks: Type.Optional(Type.Array(text(512), { maxItems: loadLimits.agentsMax })),
  },
  strict,
);
export type Profile = Static<typeof Profile>;

/** PUT /api/v1/profiles/:id : `revision` is the one that was edited; another in between is a conflict. */
export const ProfileEdit = Type.Object(
  { revision: Type.Integer({ minimum: 1 }), spec: ProfileSpec },
  strict,
);
export type ProfileEdit = Static<typeof ProfileEdit>;

/** A profile in a list. */
export const ProfileRow = Type.Object(
  {
    id: IdSchema,
    name: text(128),
    description: text(2_000),
    labels: AgentLabels,
    revision: count,
    driver: DriverName,
    target: text(loadLimits.urlLengthMax),
    /** The shape of the load in a few words: `1,000/s for 30 s`. */
    shape: text(256),
    variants: Type.Array(VariantLabels),
    revisedAtMs: timeMs,
    revisedBy: text(64),
    archivedAtMs: nullable(timeMs),
    /** The latest run of any revision; null before the first. */
    lastRun: nullable(Type.Object({ id: IdSchema, state: RunState, createdAtMs: timeMs }, strict)),
  },
  strict,
);
export type ProfileRow = Static<typeof ProfileRow>;
/** GET /api/v1/profiles?archived=true : by name. */
export const ProfileQuery = Type.Object({ archived: Type.Optional(Type.Boolean()) }, strict);
export const ProfileList = Type.Object({ items: Type.Array(ProfileRow) }, strict);
export type ProfileList = Static<typeof ProfileList>;

/** GET /api/v1/profiles/:id/revisions : newest first. */
export const RevisionList = Type.Object(
  {
    items: Type.Array(
      Type.Object({ revision: count, revisedAtMs: timeMs, revisedBy: text(64) }, strict),
    ),
  },
  strict,
);
export type RevisionList = Static<typeof RevisionList>;

/** What another tool's document or a run became: profiles to look at before they are saved, and what could not be carried over. */
export const ProfileDraft = Type.Object(
  {
    spec: ProfileSpec,
    /** Where the spec had to be guessed or lacks something: by JSON pointer into the spec. An empty field means the whole. */
    remarks: Type.Array(Type.Object({ field: text(256), reason: text(512) }, strict)),
    /** Fields that have to be filled in before it can be saved. */
    missing: Type.Array(Type.Object({ field: text(256), reason: text(512) }, strict)),
  },
  strict,
);
export type ProfileDraft = Static<typeof ProfileDraft>;

export const documentKinds = ["tidemark", "smp", "meshery"] as const;
export const DocumentKind = Type.Enum(documentKinds);
export type DocumentKind = (typeof documentKinds)[number];

/** POST /api/v1/profiles/import : reads a document (YAML or JSON) and answers with drafts; nothing is stored. */
export const ImportRequest = Type.Object(
  {
    document: Type.String({ minLength: 1, maxLength: profileLimits.documentLengthMax }),
    /** Recognised by its fields without it. */
    kind: Type.Optional(DocumentKind),
  },
  strict,
);
export type ImportRequest = Static<typeof ImportRequest>;
export const ImportAnswer = Type.Object(
  { kind: DocumentKind, drafts: Type.Array(ProfileDraft) },
  strict,
);
export type ImportAnswer = Static<typeof ImportAnswer>;

/**
 * GET /api/v1/profiles/:id/export?format=… : the document itself. `smp` is refused with the list of what SMP cannot carry unless
 * `lossy` is true. GET /api/v1/runs/:id/smp?lossy=true the same for a result.
 */
export const ExportQuery = Type.Object(
  {
    format: Type.Union([Type.Literal("yaml"), Type.Literal("json"), Type.Literal("smp")]),
    lossy: Type.Optional(Type.Boolean()),
  },
  strict,
);
