// The verdict of a suspect's variant that ran again alone, because no other was left to interleave it with: against the valid runs of its
// history, made at another time, which the verdict says.
import { type Verdict, defaultComparison, isProfileId, isRunId } from "@tidemark/proto";
import type { EvidenceStore, RunEvidence } from "../evidence/evidence.ts";
import type { Profiles } from "../state/profiles.ts";
import type { StoredCampaign } from "../store/campaigns.ts";
import { areKeysEqual } from "../verdict/differences.ts";
import { judge } from "../verdict/judge.ts";
import { campaignLimits } from "./limits.ts";
import { labelText } from "../profiles/labels.ts";

export interface RerunVerdictDeps {
  readonly evidence: Pick<EvidenceStore, "byRuns" | "ofProfile">;
  readonly profiles: Pick<Profiles, "revision">;
}

/** Runs of the history that count. */
const historyRunsMax = 20;

export async function rerunVerdicts(
  { evidence, profiles }: RerunVerdictDeps,
  { id, profile, suspect, steps }: StoredCampaign,
): Promise<readonly Verdict[]> {
  const candidate = await evidence.byRuns(steps.map(({ run }) => run ?? "").filter(isRunId));
  const [pattern] = candidate;
  if (pattern === undefined || !isProfileId(profile.id)) return [];
  const spec = (await profiles.revision(profile.id, profile.revision))?.spec;
  const all = await evidence.ofProfile(profile.id, { limit: campaignLimits.historyMax });
  const { marginRatio } = { ...defaultComparison, ...spec?.comparison };
  const labels = pattern.origin?.variant ?? {};
  return [
    judge({
      baseline: historyOf(all, pattern, id, suspect).slice(0, historyRunsMax),
      candidate,
      labels: { baseline: "its history", candidate: "the rerun" },
      stratum: labels,
      marginRatio,
      design: { kind: "separate" },
    }),
  ];
}

/** Earlier valid runs of the same variant, newest first; neither the suspect nor what was run again because of it. Pure. */
function historyOf(
  all: readonly RunEvidence[],
  pattern: RunEvidence,
  rerun: string,
  suspect: string | null,
): readonly RunEvidence[] {
  const text = labelText(pattern.origin?.variant ?? {});
  return all.filter(
    (run) =>
      run.run !== suspect &&
      run.origin?.campaign !== rerun &&
      run.createdAtMs < pattern.createdAtMs &&
      run.validity.level !== "invalid" &&
      labelText(run.origin?.variant ?? {}) === text &&
      areKeysEqual(run, pattern),
  );
}
