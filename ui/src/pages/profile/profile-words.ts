// What a profile does and how it is judged, in sentences. Pure.
import type { ProfileSpec } from "@tidemark/proto";
import { formatMillis } from "../../format/duration.ts";
import { formatPercent } from "../../format/number.ts";
import { formatRuns } from "../../format/runs.ts";
import { describePlan } from "../load-form/describe.ts";
import { draftOfLoad } from "../load-form/draft-of-load.ts";
import { requestOf } from "../load-form/request-of-draft.ts";
import type { Candidate } from "../load-form/who.ts";
import { placementNow } from "../profiles/placement.ts";
import { usualComparison } from "../profiles/profile-form.ts";

/** The load in sentences; undefined where today's form cannot say it. */
export function loadWords(spec: ProfileSpec, candidates: readonly Candidate[]): string | undefined {
  const draft = draftOfLoad(spec.load, spec.placement);
  const requested = requestOf(draft, placementNow(draft, candidates));
  if (requested.kind === "faulty") return undefined;
  const { agents = [], selector } = spec.placement;
  const named = candidates.filter(({ id }) => agents.includes(id));
  const senders =
    selector === undefined
      ? named.length === 0
        ? [{ name: "An agent that is no longer enrolled" }]
        : named
      : [{ name: `Whoever matches ${selector}` }];
  return describePlan(requested.request, senders);
}

export function objectiveWords(spec: ProfileSpec): readonly string[] {
  return (spec.objectives ?? []).map(
    ({ percentile, responseMs, errorRatioMax }) =>
      `p${percentile} of the response time is at most ${formatMillis(responseMs)}, and at most ${formatPercent(errorRatioMax)} fail`,
  );
}

export function comparisonWords(spec: ProfileSpec): string {
  const { runsEach, marginRatio, onSuspect } = { ...usualComparison, ...spec.comparison };
  const after =
    onSuspect === "rerun"
      ? "A run far outside its history has both releases run again"
      : "A run far outside its history is told, and nothing runs";
  const repeats = spec.repeats ?? 1;
  const each = repeats === 1 ? "once" : repeats === 2 ? "twice" : `${repeats} times`;
  return `Each variant runs ${each}. Compared by ${formatRuns(runsEach)} of each side; a difference below ${formatPercent(marginRatio)} does not matter. ${after}.`;
}
