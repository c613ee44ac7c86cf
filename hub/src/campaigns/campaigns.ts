// Campaigns as the rest of the hub sees them: start one, compare, follow, cancel, read. Any hub stores a campaign; the one that leads
// carries it on.
import { createHash } from "node:crypto";
import type { NatsConnection } from "@nats-io/transport-node";
import {
  type AgentId,
  type Campaign,
  type CampaignId,
  type CampaignKind,
  type CampaignList,
  type CampaignQuery,
  type NewCampaign,
  type NewComparison,
  type Placement,
  type Profile,
  type RunId,
  type ScheduleId,
  type Variant,
  isProfileId,
  newId,
} from "@tidemark/proto";
import type { Logger } from "pino";
import type { RunEvidence } from "../evidence/evidence.ts";
import { refused } from "../load/create.ts";
import type { RunControl } from "../load/runs.ts";
import type { Refused } from "../load/start.ts";
import type { Leader } from "../leader/leader.ts";
import { variantsOf } from "../profiles/variants.ts";
import { openCampaignCancels } from "../state/campaign-cancels.ts";
import type { Profiles } from "../state/profiles.ts";
import type { CampaignStore, StoredCampaign } from "../store/campaigns.ts";
import { seededRandom } from "../verdict/statistics/random.ts";
import { cursorOf, cursorText } from "./cursor.ts";
import { expectedMs } from "./expected.ts";
import { startLeading } from "./leading.ts";
import { type CampaignLimits, campaignLimits } from "./limits.ts";
import { labelText } from "../profiles/labels.ts";
import { pause } from "../pause.ts";
import { type PlannedCampaign, type Seeded, planComparison, planRerun, planRuns } from "./plan.ts";
import type { CampaignClaim } from "./queue.ts";
import type { SequencerDeps } from "./sequencer.ts";
import { hasEnded, isCompared } from "./steps.ts";

export type StartedCampaign = { readonly kind: "started"; readonly campaign: Campaign } | Refused;

/** For whom a campaign is made. One whose id exists already is that campaign. */
export interface MadeBy {
  readonly user: string;
  readonly id?: CampaignId;
  readonly schedule?: ScheduleId;
}

export interface Campaigns {
  /** Runs of the profile's variants, as often as asked. The profile is of whatever revision; the request may name another. */
  start(profile: Profile, request: NewCampaign, by: MadeBy): Promise<StartedCampaign>;
  compare(profile: Profile, request: NewComparison, by: MadeBy): Promise<StartedCampaign>;
  /** Because a run was suspect: its variant interleaved with the one before, or again alone. */
  rerun(
    profile: Profile,
    suspect: {
      readonly run: RunId;
      readonly baseline: Variant | undefined;
      readonly candidate: Variant;
    },
    by: Required<Pick<MadeBy, "user" | "id">>,
  ): Promise<StartedCampaign>;
  /** With verdicts: of one that has not ended, what its runs so far say. */
  get(id: CampaignId): Promise<Campaign | undefined>;
  /** Newest first, without verdicts; throws RequestRefused for a cursor that is none. */
  list(query: CampaignQuery): Promise<CampaignList>;
  /** Ends it, and the run under way; waits briefly for that. Undefined when there is no such campaign. */
  cancel(id: CampaignId, user: string): Promise<Campaign | undefined>;
  /** How long it would take, ms; a request that would be refused takes none. */
  expectedMs(profile: Profile, request: NewCampaign): number;
  /** Told by the hub that leads, once the end is stored, with the verdicts. */
  onEnded(listener: (campaign: StoredCampaign) => void): () => void;
  stop(): Promise<void>;
}

export interface CampaignsDeps extends Pick<SequencerDeps, "judged" | "verdictsOf" | "now"> {
  readonly connection: NatsConnection;
  readonly store: CampaignStore;
  readonly onJudged: (listener: (evidence: RunEvidence) => void) => () => void;
  readonly profiles: Pick<Profiles, "revision">;
  readonly runs: Pick<RunControl, "create" | "get" | "ended" | "cancel">;
  readonly leader: Pick<Leader, "isLeader" | "onChange">;
  /** Whom a placement means now. */
  readonly agentsOf: (placement: Placement) => readonly AgentId[];
  /** A campaign's state or one of its steps changed; told by the hub that leads. */
  readonly changed: (campaign: Campaign) => void;
  readonly limits?: Partial<CampaignLimits>;
  readonly log: Logger;
}

const pageItemsDefault = 50;
const lookForEndMs = 100;

export async function startCampaigns(deps: CampaignsDeps): Promise<Campaigns> {
  const { connection, store, profiles, now, log } = deps;
  const limits = { ...campaignLimits, ...deps.limits };
  const listeners = new Set<(campaign: StoredCampaign) => void>();
  const cancels = await openCampaignCancels(connection, {
    troubled: (what, err) => log.warn({ what, err }, "cancels of campaigns troubled"),
  });

  const revisionOf = async ({ id, revision }: StoredCampaign["profile"]) =>
    isProfileId(id) ? await profiles.revision(id, revision) : undefined;

  async function claimOf(record: StoredCampaign): Promise<CampaignClaim> {
    const { id, createdAtMs } = record;
    const spec = (await revisionOf(record.profile))?.spec;
    if (spec === undefined) return { id, createdAtMs, agents: [], targets: [], mayShare: true };
    const steps = new Set(record.steps.map(({ variant }) => labelText(variant)));
    const targets = variantsOf(spec)
      .filter(({ labels }) => steps.has(labelText(labels)))
      .map(({ target }) => target ?? spec.load.target);
    return {
      id,
      createdAtMs,
      agents: deps.agentsOf(spec.placement),
      targets: [...new Set(targets)],
      mayShare: spec.load.mayShare === true,
    };
  }

  const leading = startLeading({
    ...deps,
    limits,
    cancels,
    claimOf,
    startedAtMs: now(),
    specOf: async (profile) => (await revisionOf(profile))?.spec,
    ended(campaign) {
      for (const listener of listeners) listener(campaign);
    },
  });

  /** `plan` gets the revision that is meant. */
  async function make(
    latest: Profile,
    revision: number | undefined,
    by: MadeBy,
    kind: CampaignKind,
    plan: (profile: Profile, seeded: Seeded) => PlannedCampaign,
    suspect: RunId | null = null,
  ): Promise<StartedCampaign> {
    const before = by.id === undefined ? undefined : await find(by.id);
    if (before !== undefined) return { kind: "started", campaign: before };
    if (latest.archivedAtMs !== null)
      return refused("conflict", `the profile ${latest.spec.name} is archived: restore it first`);
    const profile =
      revision === undefined || revision === latest.revision
        ? latest
        : await revisionOf({ id: latest.id, revision, name: "" });
    if (profile === undefined)
      return refused("invalid-request", `the profile has no revision ${revision}`, "/revision");
    const id = by.id ?? newId<CampaignId>();
    const seed = seedOf(id);
    const planned = plan(profile, { seed, random: seededRandom(seed) });
    if (planned.kind === "refused") return planned;
    if ((await store.unended()).length >= limits.unendedMax)
      return refused("too-many-requests", `${limits.unendedMax} campaigns have not ended`);
    const campaign: StoredCampaign = {
      id,
      kind,
      profile: { id: profile.id, revision: profile.revision, name: profile.spec.name },
      state: "waiting",
      cause: "",
      createdBy: by.user,
      createdAtMs: now(),
      startedAtMs: null,
      endedAtMs: null,
      expectedEndMs: null,
      schedule: by.schedule ?? null,
      suspect,
      comparison: planned.comparison,
      steps: planned.steps,
      verdicts: [],
    };
    await store.save(campaign);
    log.info({ campaign: id, kind, runs: campaign.steps.length, user: by.user }, "campaign made");
    await leading.made(campaign);
    return { kind: "started", campaign: leading.get(id) ?? campaign };
  }

  const find = async (id: CampaignId) => leading.get(id) ?? (await store.find(id));

  return {
    start: (profile, request, by) =>
      make(profile, request.revision, by, "runs", ({ spec }) => planRuns(spec, request)),
    compare: (profile, request, by) =>
      make(profile, request.revision, by, "comparison", ({ spec }, seeded) => {
        const { seed = seeded.seed } = request;
        return planComparison(spec, request, { seed, random: seededRandom(seed) });
      }),
    rerun: (profile, { run, ...sides }, by) =>
      make(
        profile,
        undefined,
        by,
        "rerun",
        ({ spec }, seeded) => planRerun(spec, sides, seeded),
        run,
      ),
    async get(id) {
      const campaign = await find(id);
      if (campaign === undefined) return undefined;
      const isAnyDone = campaign.steps.some(({ state }) => state === "completed");
      if (!isCompared(campaign) || campaign.verdicts.length > 0 || !isAnyDone) return campaign;
      return { ...campaign, verdicts: [...(await deps.verdictsOf(campaign))] };
    },
    async list({ cursor, limit = pageItemsDefault, ...query }) {
      const after = cursor === undefined ? undefined : cursorOf(cursor);
      const page = await store.list({ ...query, after, limit: limit + 1 });
      const items = page.slice(0, limit).map((campaign) => leading.get(campaign.id) ?? campaign);
      const last = items.at(-1);
      const isMore = page.length > limit && last !== undefined;
      return { items, nextCursor: isMore ? cursorText(last) : null };
    },
    async cancel(id, user) {
      const campaign = await find(id);
      if (campaign === undefined || hasEnded(campaign)) return campaign;
      await cancels.ask(id, user);
      // By looks, not by the clock, which may go back while somebody waits for the answer.
      for (let looks = limits.cancelWaitMs / lookForEndMs; ; looks -= 1) {
        const latest = await find(id);
        if (latest === undefined || hasEnded(latest) || looks <= 0) return latest;
        await pause(lookForEndMs);
      }
    },
    expectedMs({ spec }, request) {
      const planned = planRuns(spec, request);
      if (planned.kind === "refused") return 0;
      const variants = variantsOf(spec, request.variants);
      const repeats = planned.steps.length / Math.max(1, variants.length);
      return expectedMs(spec, variants) * repeats;
    },
    onEnded(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      await leading.stop();
      await cancels.stop();
    },
  };
}

/** From the campaign's id, so that a campaign that is made twice is the same twice. */
function seedOf(id: CampaignId): number {
  return createHash("sha256").update(id).digest().readUInt32BE();
}
