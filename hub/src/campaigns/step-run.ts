// One step of a campaign: its run is started as soon as nothing is in its way, and followed to its end.
import type { ProfileSpec, RunId, Variant } from "@tidemark/proto";
import type { Logger } from "pino";
import type { RunControl } from "../load/runs.ts";
import type { Refused } from "../load/start.ts";
import { runRequestOf } from "../profiles/variants.ts";
import type { Change, KnownCampaign } from "./known.ts";
import type { CampaignLimits } from "./limits.ts";
import { labelText } from "../profiles/labels.ts";
import { orAborted, pause } from "../pause.ts";
import { nextAttempt, runOf, settlingMs, withStep } from "./steps.ts";

export interface StepDeps {
  readonly runs: Pick<RunControl, "create" | "get" | "ended" | "cancel">;
  readonly change: Change;
  readonly limits: CampaignLimits;
  /** When this hub began: agents are known one beat later. */
  readonly startedAtMs: number;
  readonly now: () => number;
  readonly log: Logger;
}

/** Returns early, with the step as it is, when `signal` is aborted. */
export async function carryOutStep(
  known: KnownCampaign,
  index: number,
  spec: ProfileSpec,
  variant: Variant,
  deps: StepDeps,
  signal: AbortSignal,
): Promise<void> {
  const { change, runs } = deps;
  const run = await start(known, index, spec, variant, deps, signal);
  if (run === undefined) return;
  await change(known, (record) => withStep(record, index, { run, state: "running", cause: "" }));
  const end = runs.ended(run);
  await orAborted(end, AbortSignal.any([signal, known.cancelled.signal]));
  if (known.cancelledBy !== undefined && !signal.aborted) await runs.cancel(run, known.cancelledBy);
  const ending = await orAborted(end, signal);
  if (ending === undefined || signal.aborted) return;
  const { state, cause } = ending;
  if (state === "pending" || state === "running") return;
  await change(known, (record) => withStep(record, index, { state, cause }));
}

/** The run once it is under way, or was before; undefined when it did not start, which the step then says. */
async function start(
  known: KnownCampaign,
  index: number,
  spec: ProfileSpec,
  variant: Variant,
  deps: StepDeps,
  signal: AbortSignal,
): Promise<RunId | undefined> {
  const { runs, change, limits, now } = deps;
  const { profile } = known.record;
  const request = runRequestOf(spec, variant, `${profile.name}: ${labelText(variant.labels)}`);
  const origin = { profile, variant: variant.labels, campaign: known.id };
  let id = runOf(known.record, index);
  await change(known, (record) => withStep(record, index, { run: id, state: "pending" }));
  if ((await runs.get(id)) === undefined)
    await pause(
      settlingMs(deps.startedAtMs, now(), limits.settleMs),
      signal,
      known.cancelled.signal,
    );
  const sinceMs = now();
  let attempts = 1;
  for (let waitMs = limits.lookAgainMs; ; waitMs = Math.min(2 * waitMs, limits.lookAgainMsMax)) {
    if (signal.aborted || known.cancelledBy !== undefined) return undefined;
    const outcome = await attempt(() =>
      runs.create(request, known.record.createdBy, { id, origin }),
    );
    if (outcome.kind === "started") return id;
    // Agents that took a run and gave it back leave it behind, ended.
    const isMade = (await runs.get(id)) !== undefined;
    if (isMade) attempts += 1;
    if (now() - sinceMs >= patienceMs(outcome, limits) || attempts > limits.attemptsMax) {
      const state = outcome.code === "agent-refused" ? "refused" : "failed";
      const cause = outcome.reason;
      await change(known, (record) =>
        withStep(record, index, { state, cause, run: isMade ? id : null }),
      );
      return undefined;
    }
    if (isMade) id = nextAttempt(id);
    const cause = `waits: ${outcome.reason}`;
    await change(known, (record) => withStep(record, index, { run: id, cause }));
    await pause(waitMs, signal, known.cancelled.signal);
  }
}

/** A database or broker that is away for a moment is waited for like an agent. */
async function attempt<T>(create: () => Promise<T | Refused>): Promise<T | Refused> {
  try {
    return await create();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { kind: "refused", code: "unavailable", reason };
  }
}

/** How long what is in the way may stay there, ms. */
function patienceMs({ code, field }: Refused, limits: CampaignLimits): number {
  switch (code) {
    case "conflict":
    case "too-many-requests":
    case "unavailable":
      return limits.patienceMs;
    case "agent-offline":
      return limits.awayMs;
    default:
      // No agent that the selector matches is there.
      return field === "/selector" ? limits.awayMs : 0;
  }
}
