// A campaign in a few words: what it is for, and how far it is. Pure.
import type { Campaign, CampaignStep, StepState } from "@tidemark/proto";
import { formatRuns } from "../../format/runs.ts";

const kindWords = { comparison: "Comparison", rerun: "Rerun of a suspect" } as const;

/** `Comparison: release=3.5 against release=3.6 for dataset=1000, 8 runs each`, `12 runs`. */
export function purposeOf({ kind, comparison, steps }: Campaign): string {
  if (comparison === null || kind === "runs") return formatRuns(steps.length);
  const { runsEach } = comparison;
  const [baseline, candidate] = [termsOf(comparison.baseline), termsOf(comparison.candidate)];
  const shared = baseline.filter((term) => candidate.includes(term));
  const own = (terms: readonly string[]) =>
    terms.filter((term) => !shared.includes(term)).join(",") || terms.join(",");
  const where = shared.length === 0 ? "" : ` for ${shared.join(",")}`;
  return `${kindWords[kind]}: ${own(baseline)} against ${own(candidate)}${where}, ${formatRuns(runsEach)} each`;
}

/** The terms of a selector, parted at the commas outside parentheses. */
const termsOf = (selector: string): readonly string[] =>
  selector.split(/,(?![^()]*\))/).map((term) => term.trim());

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

/** How many of the steps have run, to whatever end; what a campaign's end left out has not. */
export const runsMade = ({ steps }: Pick<Campaign, "steps">): number =>
  steps.filter((step) => isOver(step) && step.state !== "skipped").length;

/** `12 of 16 runs`. */
export function progressOf({ steps }: Pick<Campaign, "steps">): string {
  return `${runsMade({ steps })} of ${formatRuns(steps.length)}`;
}

/** The step that runs now, or is about to. */
export const currentOf = ({ steps }: Pick<Campaign, "steps">): CampaignStep | undefined =>
  steps.find(({ state }) => state === "running" || state === "pending");
