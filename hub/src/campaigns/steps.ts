// A campaign's record from state to state. Pure: each function takes what is and answers with what is next.
import type {
  Campaign,
  CampaignState,
  CampaignStep,
  RunId,
  StepState,
  ValidityLevel,
  Verdict,
} from "@tidemark/proto";
import { endStates, isRunId } from "@tidemark/proto";
import { derivedId } from "../state/derived-id.ts";
import type { StoredCampaign } from "../store/campaigns.ts";

const causeLengthMax = 512;

export function hasEnded({ state }: Pick<Campaign, "state">): boolean {
  return state !== "waiting" && state !== "running";
}

export const isOver = (state: StepState) =>
  state === "skipped" || endStates.some((endState) => endState === state);

/** The step that is to be carried out, or that was under way when the hub stopped; undefined when none is left. */
export function nextIndex(steps: readonly CampaignStep[]): number | undefined {
  const index = steps.findIndex(({ state }) => !isOver(state));
  return index === -1 ? undefined : index;
}

/** The run of a step: the same in whatever hub and however often it is asked for, so that no step runs twice. */
export function runOf(campaign: StoredCampaign, index: number): RunId {
  const known = campaign.steps[index]?.run ?? "";
  return isRunId(known) ? known : derivedId<RunId>("run", campaign.id, String(index));
}

/** How long no run begins yet; never longer than a hub takes to know its agents, whatever its clock did since it started. */
export function settlingMs(startedAtMs: number, nowMs: number, settleMs: number): number {
  return Math.min(settleMs, Math.max(0, startedAtMs + settleMs - nowMs));
}

/** The run that is tried after agents took this one and turned out to be busy. */
export function nextAttempt(run: RunId): RunId {
  return derivedId<RunId>("run", run);
}

export function withStep(
  campaign: StoredCampaign,
  index: number,
  change: Partial<CampaignStep>,
): StoredCampaign {
  const cause = change.cause === undefined ? {} : { cause: change.cause.slice(0, causeLengthMax) };
  return {
    ...campaign,
    steps: campaign.steps.map((step, at) =>
      at === index ? { ...step, ...change, ...cause } : step,
    ),
  };
}

export function judgedStep(
  campaign: StoredCampaign,
  run: RunId,
  validity: ValidityLevel,
): StoredCampaign {
  const index = campaign.steps.findIndex((step) => step.run === run);
  return withStep(campaign, index, { validity });
}

export function waiting(campaign: StoredCampaign, cause: string): StoredCampaign {
  return { ...campaign, state: "waiting", cause };
}

/** Also of one that is taken up again: when it began stays. */
export function begun(campaign: StoredCampaign, nowMs: number, expectedMs: number): StoredCampaign {
  return {
    ...campaign,
    state: "running",
    cause: "",
    startedAtMs: campaign.startedAtMs ?? nowMs,
    expectedEndMs: campaign.expectedEndMs ?? nowMs + expectedMs,
  };
}

/** What has not begun is skipped. */
export function ended(
  campaign: StoredCampaign,
  end: {
    readonly state: Exclude<CampaignState, "waiting" | "running">;
    readonly cause: string;
    readonly atMs: number;
    readonly verdicts: readonly Verdict[];
  },
): StoredCampaign {
  return {
    ...campaign,
    state: end.state,
    cause: end.cause.slice(0, causeLengthMax),
    endedAtMs: end.atMs,
    steps: campaign.steps.map((step) =>
      isOver(step.state) ? step : { ...step, state: "skipped", run: null },
    ),
    verdicts: [...end.verdicts],
  };
}

/** How many of the latest steps did not complete, in a row; a run that a user cancelled is nobody's failure. */
export function failuresInARow(steps: readonly CampaignStep[]): number {
  const over = steps.filter(({ state }) => isOver(state) && state !== "cancelled");
  return over.length - 1 - over.findLastIndex(({ state }) => state === "completed");
}

/** Whether its runs are held against each other. */
export const isCompared = ({ kind }: Pick<Campaign, "kind">) => kind !== "runs";
