// A campaign in a few words: what it is for, and how far it is. Pure.
import type { Campaign, CampaignStep, StepState } from "@tidemark/proto";

const kindWords = { runs: "Runs", comparison: "Comparison", rerun: "Rerun of a suspect" } as const;

/** `release=3.5 against release=3.6, 8 runs each`. */
export function purposeOf({ kind, comparison, steps }: Campaign): string {
  if (comparison === null)
    return `${kindWords[kind]}: ${steps.length} ${steps.length === 1 ? "run" : "runs"}`;
  const { baseline, candidate, runsEach } = comparison;
  return `${kindWords[kind]}: ${baseline} against ${candidate}, ${runsEach} ${runsEach === 1 ? "run" : "runs"} each`;
}

const over: readonly StepState[] = [
  "completed",
  "cancelled",
  "lease-lapsed",
  "failed",
  "refused",
  "skipped",
];
export const isOver = ({ state }: Pick<CampaignStep, "state">): boolean => over.includes(state);

export const isUnderWay = ({ state }: Pick<Campaign, "state">): boolean =>
  state === "waiting" || state === "running";

/** `12 of 16 runs`. */
export function progressOf({ steps }: Pick<Campaign, "steps">): string {
  return `${steps.filter(isOver).length} of ${steps.length} ${steps.length === 1 ? "run" : "runs"}`;
}

/** The step that runs now, or is about to. */
export const currentOf = ({ steps }: Pick<Campaign, "steps">): CampaignStep | undefined =>
  steps.find(({ state }) => state === "running" || state === "pending");
