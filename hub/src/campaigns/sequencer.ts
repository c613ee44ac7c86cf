// Carries one campaign on, step by step, to its end. The state is stored before and after each step, and a step's run has an id that
// follows from the campaign: a hub that is killed in between takes up the run that exists instead of starting another.
import { type ProfileSpec, type RunId, type Variant, type Verdict, isRunId } from "@tidemark/proto";
import type { RunEvidence } from "../evidence/evidence.ts";
import { variantsOf } from "../profiles/variants.ts";
import type { StoredCampaign } from "../store/campaigns.ts";
import { expectedMs } from "./expected.ts";
import type { Change, KnownCampaign } from "./known.ts";
import type { CampaignLimits } from "./limits.ts";
import { labelText } from "../profiles/labels.ts";
import { orAborted, pause } from "../pause.ts";
import { type StepDeps, carryOutStep } from "./step-run.ts";
import {
  begun,
  ended,
  failuresInARow,
  isOver,
  isCompared,
  judgedStep,
  nextIndex,
  withStep,
} from "./steps.ts";

export interface SequencerDeps extends Omit<StepDeps, "change"> {
  readonly change: Change;
  /** What a revision of a profile says; undefined when it is gone. */
  readonly specOf: (profile: StoredCampaign["profile"]) => Promise<ProfileSpec | undefined>;
  /** Resolves to what the run is worth, once it has ended and was judged. */
  readonly judged: (run: RunId) => Promise<Pick<RunEvidence, "validity"> | undefined>;
  readonly verdictsOf: (campaign: StoredCampaign) => Promise<readonly Verdict[]>;
  readonly limits: CampaignLimits;
}

/** Resolves when the campaign has ended, or when `signal` says to let go of it as it is. */
export async function carryOn(
  known: KnownCampaign,
  deps: SequencerDeps,
  signal: AbortSignal,
): Promise<void> {
  const { change, now, limits } = deps;
  const spec = await deps.specOf(known.record.profile);
  if (spec === undefined)
    return await end(known, deps, signal, "failed", "its profile's revision is gone");
  const variants = stepVariants(known.record, spec);
  const length = expectedMs(
    spec,
    variants.filter((each) => each !== undefined),
  );
  if (known.cancelledBy === undefined)
    await change(known, (record) => begun(record, now(), length));
  for (const { state, run, validity } of known.record.steps)
    if (isOver(state) && validity === null) follow(known, run, deps);

  for (;;) {
    if (signal.aborted) return;
    if (known.cancelledBy !== undefined)
      return await end(known, deps, signal, "cancelled", `cancelled by ${known.cancelledBy}`);
    const index = nextIndex(known.record.steps);
    if (index === undefined) break;
    const variant = variants[index];
    if (variant === undefined) {
      const cause = "the profile's revision has no such variant";
      await change(known, (record) => withStep(record, index, { state: "failed", cause }));
      continue;
    }
    await carryOutStep(known, index, spec, variant, deps, signal);
    const step = known.record.steps[index];
    if (step !== undefined && isOver(step.state)) follow(known, step.run, deps);
    if (failuresInARow(known.record.steps) >= limits.failuresMax) {
      const last = known.record.steps[index]?.cause ?? "";
      const cause = `${limits.failuresMax} runs in a row did not complete; the last: ${last}`;
      return await end(known, deps, signal, "failed", cause);
    }
  }
  const isAnyDone = known.record.steps.some(({ state }) => state === "completed");
  if (isAnyDone) await end(known, deps, signal, "completed", "");
  else await end(known, deps, signal, "failed", "no run completed");
}

/** The variant of each step: labels tell them apart. */
function stepVariants(
  { steps }: StoredCampaign,
  spec: ProfileSpec,
): readonly (Variant | undefined)[] {
  const byLabels = new Map(variantsOf(spec).map((each) => [labelText(each.labels), each]));
  return steps.map(({ variant }) => byLabels.get(labelText(variant)));
}

/** Notes what a run is worth when that is known. */
function follow(known: KnownCampaign, run: string | null, { judged, change }: SequencerDeps): void {
  if (run === null || !isRunId(run)) return;
  const judging = judged(run)
    .then(async (evidence) => {
      if (evidence !== undefined)
        await change(known, (record) => judgedStep(record, run, evidence.validity.level));
    })
    // Judged again, or not at all, by whoever takes the campaign up.
    .catch(() => undefined)
    .finally(() => known.judging.delete(judging));
  known.judging.add(judging);
}

async function end(
  known: KnownCampaign,
  deps: SequencerDeps,
  signal: AbortSignal,
  state: "completed" | "cancelled" | "failed",
  cause: string,
): Promise<void> {
  await orAborted(
    Promise.race([Promise.all(known.judging), pause(deps.limits.judgedWaitMs, signal)]),
    signal,
  );
  if (isCompared(known.record) && state === "completed") {
    const cause = "waits for what hosts have yet to send of the last runs";
    await deps.change(known, (record) => ({ ...record, cause }));
    await pause(deps.limits.settledMs, signal, known.cancelled.signal);
  }
  // As it will be: what is compared knows that no more runs are to come.
  const over = ended(known.record, { state, cause, atMs: deps.now(), verdicts: [] });
  const verdicts = isCompared(over) ? await verdictsOn(over, deps, signal) : [];
  if (signal.aborted) return;
  const text =
    verdicts === undefined ? "verdicts could not be computed; they are when it is read" : cause;
  await deps.change(known, (record) =>
    ended(record, { state, cause: text, atMs: deps.now(), verdicts: verdicts ?? [] }),
  );
}

const verdictAttempts = 3;

/** Undefined when the database, say, was away too long. */
async function verdictsOn(
  campaign: StoredCampaign,
  { verdictsOf, limits, log }: SequencerDeps,
  signal: AbortSignal,
): Promise<readonly Verdict[] | undefined> {
  for (let attempt = 1; attempt <= verdictAttempts; attempt += 1) {
    try {
      return await verdictsOf(campaign);
    } catch (err) {
      log.error({ err, campaign: campaign.id, attempt }, "verdicts not computed");
      await pause(limits.storeAgainMs, signal);
      if (signal.aborted) return undefined;
    }
  }
  return undefined;
}
