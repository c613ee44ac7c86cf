// What webhooks are told, from what happened. Pure.
import type { Campaign, VerdictKind } from "@tidemark/proto";
import type { RunEvidence } from "../evidence/evidence.ts";
import type { News } from "./deliveries.ts";

/** `worst` of several kinds. Undefined for a campaign that has no verdict to tell: it was cancelled, or compared nothing. */
export function verdictNews(
  { id, state, profile, verdicts }: Campaign,
  worst: (kinds: readonly VerdictKind[]) => VerdictKind,
  publicUrl: string,
): News | undefined {
  const kind = worst(verdicts.map((verdict) => verdict.kind));
  const gravest = verdicts.find((verdict) => verdict.kind === kind);
  if (state !== "completed" || gravest === undefined) return undefined;
  return {
    event: "verdict",
    kind,
    sentence: `${profile.name}: ${gravest.sentence}`,
    profile: { id: profile.id, name: profile.name },
    campaign: id,
    verdicts: verdicts.map((verdict) => ({
      stratum: verdict.stratum,
      kind: verdict.kind,
      sentence: verdict.sentence,
    })),
    url: `${publicUrl}/campaigns/${id}`,
  };
}

/** `rerun`: the campaign that will tell, where one was begun. */
export function suspectNews(
  { run, origin, validity }: RunEvidence,
  rerun: string | undefined,
  publicUrl: string,
): News {
  const finding = validity.findings.find(({ rule }) => rule === "suspect");
  const then = rerun === undefined ? "" : "; old and new are run again, interleaved";
  return {
    event: "suspect",
    kind: "suspect",
    sentence: `${origin?.profile.name ?? run}: ${finding?.detail ?? "far outside its history"}${then}`,
    ...(origin && { profile: { id: origin.profile.id, name: origin.profile.name } }),
    ...(rerun !== undefined && { campaign: rerun }),
    run,
    url: `${publicUrl}/runs/${run}`,
  };
}

export function scheduleFailedNews(
  schedule: { readonly id: string; readonly name: string; readonly cause: string },
  publicUrl: string,
): News {
  return {
    event: "schedule-failed",
    kind: null,
    sentence: `${schedule.name} did not start its runs: ${schedule.cause}`,
    schedule: schedule.id,
    url: `${publicUrl}/schedules`,
  };
}
