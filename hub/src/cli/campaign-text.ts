// A campaign as text for a terminal.
import { type Campaign, type VariantLabels, endStates } from "@tidemark/proto";
import { table } from "./table.ts";

/** It has ended, whichever way. */
export function isOver({ state }: Pick<Campaign, "state">): boolean {
  return state !== "waiting" && state !== "running";
}

export const stepsDone = ({ steps }: Campaign) =>
  steps.filter(({ state }) => state === "skipped" || endStates.some((one) => one === state)).length;

export function campaignText(campaign: Campaign): string {
  const { id, state, cause, profile, kind, steps, verdicts } = campaign;
  const rows = steps.map((step, index) => [
    `${index + 1}`,
    step.side ?? "",
    labelsText(step.variant),
    step.state,
    step.validity ?? "",
    step.run ?? "–",
    step.cause,
  ]);
  return [
    `${id}  ${state}${cause === "" ? "" : `: ${cause}`}`,
    `${kind} of ${profile.name}, revision ${profile.revision}: ${stepsDone(campaign)} of ${steps.length} runs done`,
    ...verdicts.map((verdict) => `${verdict.kind}: ${verdict.sentence}`),
    table(["", "SIDE", "VARIANT", "STATE", "EVIDENCE", "RUN", ""], rows),
  ].join("\n");
}

export function labelsText(labels: VariantLabels): string {
  const entries = Object.entries(labels);
  return entries.length === 0 ? "–" : entries.map(([name, value]) => `${name}=${value}`).join(",");
}
