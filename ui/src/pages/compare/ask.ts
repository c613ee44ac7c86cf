// What a comparison is of, in the URL and as the hub's query: runs by id, a profile's variants, or a campaign. Pure.
import type { Comparison } from "@tidemark/proto";
import type { Query } from "../../api/client.ts";

export type Ask =
  | {
      readonly kind: "runs";
      readonly baseline: readonly string[];
      readonly candidate: readonly string[];
    }
  | {
      readonly kind: "profile";
      readonly profile: string;
      readonly baseline: string;
      readonly candidate: string;
    }
  | { readonly kind: "campaign"; readonly campaign: string };

/** Undefined when the URL does not say what to compare. */
export function askOf(query: URLSearchParams): Ask | undefined {
  const campaign = query.get("campaign");
  if (campaign) return { kind: "campaign", campaign };
  const runs = { baseline: query.getAll("baselineRun"), candidate: query.getAll("candidateRun") };
  if (runs.baseline.length > 0 && runs.candidate.length > 0) return { kind: "runs", ...runs };
  const [profile, baseline, candidate] = ["profile", "baseline", "candidate"].map((name) =>
    query.get(name),
  );
  return profile && baseline && candidate
    ? { kind: "profile", profile, baseline, candidate }
    : undefined;
}

export function queryOf(ask: Ask): Query {
  switch (ask.kind) {
    case "runs":
      return { baselineRun: ask.baseline, candidateRun: ask.candidate };
    case "profile":
      return { profile: ask.profile, baseline: ask.baseline, candidate: ask.candidate };
    case "campaign":
      return { campaign: ask.campaign };
  }
}

/** The page that shows it. */
export function compareUrl(ask: Ask): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(queryOf(ask)))
    for (const item of Array.isArray(value) ? value : [value]) search.append(key, String(item));
  return `/compare?${search.toString()}`;
}

/**
 * The same with its sides exchanged. A campaign's sides are its own: swapped it is a comparison of its runs, which can be said only
 * of one stratum, for runs by id are one. Undefined where that cannot be said.
 */
export function swapped(ask: Ask, comparison: Comparison | undefined): Ask | undefined {
  if (ask.kind !== "campaign")
    return { ...ask, baseline: ask.candidate, candidate: ask.baseline } as Ask;
  const only = comparison?.verdicts.length === 1 ? comparison.verdicts[0] : undefined;
  if (only === undefined) return undefined;
  const ids = (side: typeof only.baseline) => side.runs.map(({ run }) => run);
  const [baseline, candidate] = [ids(only.candidate), ids(only.baseline)];
  return baseline.length > 0 && candidate.length > 0
    ? { kind: "runs", baseline, candidate }
    : undefined;
}
