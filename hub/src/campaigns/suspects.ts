// A run far outside its history is no verdict: it may be the first of a slower release, or a bad night. The hub runs its release and the
// one before again, interleaved, and the verdict follows from those runs (statistics reference 2.4, screen and confirm).
import {
  type CampaignId,
  type Profile,
  type ProfileSpec,
  type RunId,
  type Variant,
  type VariantLabels,
  defaultComparison,
  isProfileId,
  releaseLabel,
} from "@tidemark/proto";
import type { Logger } from "pino";
import type { EvidenceStore, RunEvidence } from "../evidence/evidence.ts";
import type { Leader } from "../leader/leader.ts";
import { variantsOf } from "../profiles/variants.ts";
import { derivedId } from "../state/derived-id.ts";
import type { Profiles } from "../state/profiles.ts";
import type { CampaignStore, StoredCampaign } from "../store/campaigns.ts";
import type { Campaigns } from "./campaigns.ts";
import { campaignLimits } from "./limits.ts";
import { labelText } from "../profiles/labels.ts";

export interface Suspects {
  stop(): Promise<void>;
}

export interface SuspectsDeps {
  readonly onJudged: (listener: (evidence: RunEvidence) => void) => () => void;
  readonly evidence: Pick<EvidenceStore, "ofProfile" | "ofProfiles">;
  readonly campaigns: Pick<Campaigns, "rerun">;
  readonly store: Pick<CampaignStore, "find" | "list">;
  readonly profiles: Pick<Profiles, "revision">;
  readonly leader: Pick<Leader, "isLeader" | "onChange">;
  /** Once for each suspect run, with the campaign that will tell more, where one was begun; of one judged while nobody led only then. */
  readonly told: (evidence: RunEvidence, rerun: CampaignId | undefined) => void;
  readonly now: () => number;
  readonly log: Logger;
}

/** Who stands behind a rerun. */
export const hubUser = "the hub";
/** Suspect runs in mind, by which a second judgement of one is known. */
const rememberedMax = 1_000;

export function startSuspects(deps: SuspectsDeps): Suspects {
  const { campaigns, profiles, store, leader, now, log } = deps;
  const known = new Set<RunId>();
  let following: Promise<void> = Promise.resolve();

  /** `since`: whether it is being followed now, or was left by the hub that led before, whose rerun may be there. */
  async function follow(evidence: RunEvidence, since: "now" | "before"): Promise<void> {
    const { origin } = evidence;
    const campaign = origin && (await store.find(origin.campaign));
    // The runs of a comparison have a verdict coming already.
    if (origin === undefined || campaign?.kind !== "runs" || !isProfileId(origin.profile.id))
      return;
    if (since === "before" && (await store.find(rerunOf(evidence))) !== undefined) return;
    const latest = await profiles.revision(origin.profile.id);
    const rerun = latest && (await begin(evidence, latest));
    if (since === "before" && rerun === undefined) {
      // Where its judgement is only now being told, that is followed.
      known.delete(evidence.run);
      return;
    }
    log.info({ run: evidence.run, rerun }, "suspect run");
    deps.told(evidence, rerun);
  }

  function followOnce(evidence: RunEvidence, since: "now" | "before"): Promise<void> | undefined {
    if (!isSuspect(evidence) || !leader.isLeader() || known.has(evidence.run)) return undefined;
    known.add(evidence.run);
    for (const oldest of known) if (known.size > rememberedMax) known.delete(oldest);
    return follow(evidence, since).catch((err: unknown) => {
      known.delete(evidence.run);
      log.error({ err, run: evidence.run }, "suspect run not followed");
    });
  }

  /** What was judged while nobody led, or by a hub that was killed before it began the rerun. */
  async function catchUp(): Promise<void> {
    const { rerunAgainMs, caughtUpMax } = campaignLimits;
    const recent = await deps.evidence.ofProfiles({
      sinceMs: now() - rerunAgainMs,
      limit: caughtUpMax,
    });
    for (const evidence of recent.toReversed()) await followOnce(evidence, "before");
  }

  /** One after the other: the second run of a bad night finds the rerun of the first. */
  function next(work: () => Promise<void> | undefined): void {
    following = following
      .then(work)
      .catch((err: unknown) => log.error({ err }, "suspect runs not looked for"));
  }

  async function begin(evidence: RunEvidence, latest: Profile): Promise<CampaignId | undefined> {
    const { onSuspect } = { ...defaultComparison, ...latest.spec.comparison };
    if (onSuspect !== "rerun" || latest.archivedAtMs !== null) return undefined;
    const history = await deps.evidence.ofProfile(latest.id, { limit: campaignLimits.historyMax });
    const sides = releasesOf(evidence, history, latest.spec);
    if (sides === undefined) return undefined;
    const id = rerunOf(evidence);
    const recent = await store.list({ profile: latest.id, kind: "rerun", limit: recentMax });
    if (recent.some((other) => other.id !== id && isSameAgain(other, sides, now())))
      return undefined;
    const suspect = { run: evidence.run, ...sides };
    const outcome = await campaigns.rerun(latest, suspect, { user: hubUser, id });
    if (outcome.kind === "started") return id;
    log.warn({ run: evidence.run, reason: outcome.reason }, "suspect run not run again");
    return undefined;
  }

  const unheard = deps.onJudged((evidence) => next(() => followOnce(evidence, "now")));
  const unled = leader.onChange((leads) => {
    if (leads) next(catchUp);
  });
  if (leader.isLeader()) next(catchUp);
  return {
    async stop() {
      unheard();
      unled();
      await following;
    },
  };
}

/** Reruns of one profile looked through: more than a day brings, since the same two releases wait a day. */
const recentMax = 200;

/** The same in whatever hub, so that none is run again twice. */
const rerunOf = ({ run }: RunEvidence) => derivedId<CampaignId>("rerun", run);

interface Releases {
  /** Undefined where the run before was of the same release, or of one that the profile no longer has. */
  readonly baseline: Variant | undefined;
  readonly candidate: Variant;
}

/** The suspect's variant and that of the valid run before it, as the profile has them now; undefined when it lost the suspect's. Pure. */
export function releasesOf(
  suspect: RunEvidence,
  history: readonly RunEvidence[],
  spec: ProfileSpec,
): Releases | undefined {
  const byLabels = new Map(variantsOf(spec).map((each) => [labelText(each.labels), each]));
  const variantOf = ({ origin }: RunEvidence) => byLabels.get(labelText(origin?.variant ?? {}));
  const candidate = variantOf(suspect);
  if (candidate === undefined) return undefined;
  const before = history
    .filter((run) => isBefore(run, suspect) && run.validity.level !== "invalid" && !isSuspect(run))
    .toSorted((one, other) => other.createdAtMs - one.createdAtMs)
    .at(0);
  const baseline = before && variantOf(before);
  return { baseline: baseline === candidate ? undefined : baseline, candidate };
}

const isSuspect = ({ validity }: RunEvidence) =>
  validity.findings.some(({ rule }) => rule === "suspect");

const isBefore = (run: RunEvidence, suspect: RunEvidence) =>
  run.run !== suspect.run &&
  run.createdAtMs <= suspect.createdAtMs &&
  labelText(apartFromRelease(run)) === labelText(apartFromRelease(suspect));

function apartFromRelease({ origin }: RunEvidence): VariantLabels {
  const { [releaseLabel]: _release, ...others } = origin?.variant ?? {};
  return others;
}

/** Whether the same two variants were run again less than a day ago. */
function isSameAgain(
  { createdAtMs, steps }: StoredCampaign,
  { baseline, candidate }: Releases,
  nowMs: number,
): boolean {
  if (nowMs - createdAtMs >= campaignLimits.rerunAgainMs) return false;
  const ran = new Set(steps.map(({ variant }) => labelText(variant)));
  const asked = [candidate, ...(baseline === undefined ? [] : [baseline])];
  return ran.size === asked.length && asked.every(({ labels }) => ran.has(labelText(labels)));
}
