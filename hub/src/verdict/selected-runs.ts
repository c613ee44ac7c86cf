// Which runs a comparison is of: by their ids, by selectors of a profile's variants, or by the campaign that made them. What cannot be
// meant is refused with the field at fault.
import {
  type Campaign,
  type CampaignId,
  type CompareQuery,
  type CampaignStep,
  type Run,
  type RunId,
  type VariantLabels,
  defaultComparison,
  isCampaignId,
  isProfileId,
  isRunId,
  parseSelector,
  verdictLimits,
} from "@tidemark/proto";
import { RequestRefused } from "../errors.ts";
import type { EvidenceStore, RunEvidence } from "../evidence/evidence.ts";
import type { Profiles } from "../state/profiles.ts";
import type { Design } from "./blocks.ts";
import { areKeysEqual } from "./differences.ts";
import { labelText } from "../profiles/labels.ts";
import { type Stratum, groupNames, strataOf } from "./strata.ts";

export interface SelectionDeps {
  readonly store: EvidenceStore;
  readonly profiles: Pick<Profiles, "get" | "revision">;
  readonly runOf: (id: RunId) => Promise<Run | undefined>;
  readonly campaignOf: (id: CampaignId) => Promise<Campaign | undefined>;
}

export interface Selection {
  readonly strata: readonly SelectedStratum[];
  readonly marginRatio: number;
  /** What else has to be said of it. */
  readonly remarks: readonly string[];
}
export interface SelectedStratum extends Pick<Stratum, "labels" | "names"> {
  readonly baseline: readonly RunEvidence[];
  readonly candidate: readonly RunEvidence[];
  readonly design: Design;
  readonly history: readonly RunEvidence[];
  readonly plannedRunsEach?: number;
}

const runsDefault = 20;
/** Runs of a profile looked through for those that a selector means. */
const evidenceMax = 5_000;
const separate: Design = { kind: "separate" };

export async function selectRuns(deps: SelectionDeps, query: CompareQuery): Promise<Selection> {
  const { profile, campaign, baselineRun, candidateRun } = query;
  const byRuns = baselineRun !== undefined || candidateRun !== undefined;
  const ways = [byRuns, profile !== undefined, campaign !== undefined].filter(Boolean).length;
  if (ways === 0)
    throw refused(
      "a comparison of nothing: give baselineRun and candidateRun, or profile with baseline and candidate, or campaign",
      "/baselineRun",
    );
  if (ways > 1)
    throw refused(
      "compare runs, or variants of a profile, or a campaign: one of them at a time",
      campaign !== undefined ? "/campaign" : "/profile",
    );
  if (campaign !== undefined) return await ofCampaign(deps, campaign, query);
  if (profile !== undefined) return await ofProfile(deps, profile, query);
  return await ofRuns(deps, query);
}

async function ofRuns(deps: SelectionDeps, query: CompareQuery): Promise<Selection> {
  const baseline = await evidenceOf(deps, query.baselineRun, "/baselineRun");
  const candidate = await evidenceOf(deps, query.candidateRun, "/candidateRun");
  const both = candidate.find(({ run }) => baseline.some((other) => other.run === run));
  if (both !== undefined)
    throw refused(
      `run ${both.run} is on both sides: a run is not compared with itself`,
      "/candidateRun",
    );
  const history = baseline.length + candidate.length === 2 ? await historyOf(deps, baseline) : [];
  const named = groupNames(baseline.map(variantOf), candidate.map(variantOf));
  return {
    strata: [{ ...named, baseline, candidate, design: separate, history }],
    marginRatio: query.marginRatio ?? defaultComparison.marginRatio,
    remarks: [],
  };
}

async function evidenceOf(
  { store, runOf }: SelectionDeps,
  given: readonly string[] | undefined,
  field: string,
): Promise<readonly RunEvidence[]> {
  if (given === undefined)
    throw refused("runs of both sides are compared: this one has none", field);
  const ids = given.filter(isRunId);
  const twice = given.find((id, at) => given.indexOf(id) !== at);
  if (twice !== undefined) throw refused(`run ${twice} is named twice`, field);
  const found = new Map((await store.byRuns(ids)).map((evidence) => [evidence.run, evidence]));
  for (const id of given) {
    if (isRunId(id) && found.has(id)) continue;
    const run = isRunId(id) ? await runOf(id) : undefined;
    if (run === undefined)
      throw new RequestRefused("not-found", `there is no run ${id}`, { field });
    throw new RequestRefused("conflict", `run ${id} ${unjudged(run)}`, { field });
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}

function unjudged({ state, partOf }: Run): string {
  if (partOf !== null) return `is a step of the search ${partOf}: compare that`;
  if (state === "pending" || state === "running")
    return `is ${state}: compare it once it has ended`;
  return "has not been judged yet: ask again in a few seconds";
}

/** Earlier runs of the same variant. */
async function historyOf(
  { store }: SelectionDeps,
  [run]: readonly RunEvidence[],
): Promise<readonly RunEvidence[]> {
  if (run?.origin === undefined) return [];
  const text = labelText(run.origin.variant);
  const all = await store.ofProfile(run.origin.profile.id, { limit: evidenceMax });
  const alike = all.filter((other) => labelText(variantOf(other)) === text);
  return alike.slice(0, verdictLimits.sideRunsMax);
}

async function ofProfile(
  deps: SelectionDeps,
  given: string,
  query: CompareQuery,
): Promise<Selection> {
  const id = isProfileId(given) ? given : undefined;
  const profile = id === undefined ? undefined : deps.profiles.get(id);
  if (profile === undefined)
    throw new RequestRefused("not-found", `there is no profile ${given}`, { field: "/profile" });
  const all = await deps.store.ofProfile(profile.id, { limit: evidenceMax });
  const byVariant = Map.groupBy(all, (run) => labelText(variantOf(run)));
  const variants = [...byVariant.values()].flatMap(([run]) => (run ? [variantOf(run)] : []));
  const side = (name: "baseline" | "candidate") => {
    const selected = variants.filter(selectorOf(query[name], `/${name}`));
    if (selected.length > 0) return selected;
    throw refused(`no run matches ${query[name]}; ${there(variants)}`, `/${name}`);
  };
  const paired = strataOf(side("baseline"), side("candidate"));
  if (paired.kind === "unpaired") throw refused(paired.reason, `/${paired.side}`);
  const strata = paired.strata.slice(0, verdictLimits.strataMax);
  const alone = paired.alone.map(labelText);
  if (strata.length === 0)
    throw refused(`no variant of one side has a counterpart: ${listed(alone)}`, "/candidate");
  const spec = (await deps.profiles.revision(profile.id))?.spec;
  const left = paired.strata.length - strata.length;
  const runsOf = (labels: VariantLabels) => byVariant.get(labelText(labels)) ?? [];
  return {
    strata: strata.map(({ labels, names, baseline, candidate }) => ({
      labels,
      names,
      ...newest(runsOf(baseline), runsOf(candidate), query.runs ?? runsDefault),
      design: separate,
    })),
    marginRatio:
      query.marginRatio ?? spec?.comparison?.marginRatio ?? defaultComparison.marginRatio,
    remarks: [
      ...(alone.length > 0 ? [`only one side has runs of ${listed(alone)}`] : []),
      ...(left > 0 ? [`${left} more strata are left out: select fewer variants`] : []),
    ],
  };
}

/** The newest of each side, of those made as the candidate's newest valid one was if there are any. All are newest first. */
function newest(
  allBaseline: readonly RunEvidence[],
  allCandidate: readonly RunEvidence[],
  runs: number,
): Pick<SelectedStratum, "baseline" | "candidate" | "history"> {
  const pattern = allCandidate.find(({ validity }) => validity.level !== "invalid");
  const latest = (all: readonly RunEvidence[]) => {
    const alike = all.filter((run) => pattern !== undefined && areKeysEqual(run, pattern));
    return (alike.length > 0 ? alike : all).slice(0, runs);
  };
  return {
    baseline: latest(allBaseline),
    candidate: latest(allCandidate),
    history: allBaseline.slice(0, verdictLimits.sideRunsMax),
  };
}

async function ofCampaign(
  deps: SelectionDeps,
  id: string,
  query: CompareQuery,
): Promise<Selection> {
  const campaign = isCampaignId(id) ? await deps.campaignOf(id) : undefined;
  if (campaign === undefined)
    throw new RequestRefused("not-found", `there is no campaign ${id}`, { field: "/campaign" });
  const selection = await selectCampaign(deps, campaign, query.marginRatio);
  if (selection !== undefined) return selection;
  throw refused(
    `campaign ${id} compares nothing: it only ran ${campaign.profile.name}`,
    "/campaign",
  );
}

/** Of a comparison each stratum with the blocks in which its runs were carried out; undefined of a campaign without two sides. */
export async function selectCampaign(
  { store }: Pick<SelectionDeps, "store">,
  campaign: Campaign,
  marginRatio?: number,
): Promise<Selection | undefined> {
  const { comparison, steps, profile } = campaign;
  const paired = strataOf(variantsOn(steps, "baseline"), variantsOn(steps, "candidate"));
  if (comparison === null || paired.kind === "unpaired" || paired.strata.length === 0)
    return undefined;
  const found = await store.ofProfile(profile.id, { campaign: campaign.id, limit: evidenceMax });
  const evidence = new Map<string, RunEvidence>(found.map((one) => [one.run, one]));
  const isOver = campaign.state !== "waiting" && campaign.state !== "running";
  return {
    strata: paired.strata.map(({ labels, names, baseline, candidate }) => ({
      labels,
      names,
      ...carriedOut(steps, { baseline, candidate }, evidence),
      history: [],
      ...(!isOver && { plannedRunsEach: comparison.runsEach }),
    })),
    marginRatio: marginRatio ?? comparison.marginRatio,
    remarks: [],
  };
}

/** Pairs of runs in a block: AB BA or BA AB, see `campaigns/order.ts`. */
const pairsPerBlock = 2;

function carriedOut(
  steps: readonly CampaignStep[],
  variants: Readonly<Record<"baseline" | "candidate", VariantLabels>>,
  evidence: ReadonlyMap<string, RunEvidence>,
): Pick<SelectedStratum, "baseline" | "candidate" | "design"> {
  const blocks = new Map<RunId, number>();
  const runsOn = (side: "baseline" | "candidate") => {
    const text = labelText(variants[side]);
    return steps
      .filter((step) => step.side === side && labelText(step.variant) === text)
      .flatMap(({ run }, at) => {
        const found = run === null ? undefined : evidence.get(run);
        if (found === undefined) return [];
        blocks.set(found.run, Math.floor(at / pairsPerBlock));
        return [found];
      });
  };
  const [baseline, candidate] = [runsOn("baseline"), runsOn("candidate")];
  return { baseline, candidate, design: { kind: "interleaved", blocks } };
}

function variantsOn(
  steps: readonly CampaignStep[],
  side: "baseline" | "candidate",
): readonly VariantLabels[] {
  return steps.filter((step) => step.side === side).map(({ variant }) => variant);
}

/** Throws RequestRefused for one that is missing or cannot be read. */
export function selectorOf(
  selector: string | undefined,
  field: string,
): (labels: VariantLabels) => boolean {
  if (selector === undefined)
    throw refused("a profile's variants are compared by a selector for each side", field);
  const parsed = parseSelector(selector);
  if (parsed.kind === "faulty") throw refused(parsed.reason, field);
  return parsed.matches;
}

/** `there are runs of: release=3.5; release=3.6`. */
export function there(variants: readonly VariantLabels[]): string {
  return variants.length === 0
    ? "there are no runs yet"
    : `there are runs of: ${listed(variants.map(labelText))}`;
}

const shownMax = 8;
function listed(texts: readonly string[]): string {
  const more = texts.length > shownMax ? `, and ${texts.length - shownMax} more` : "";
  return `${texts.slice(0, shownMax).join("; ")}${more}`;
}

const variantOf = ({ origin }: RunEvidence): VariantLabels => origin?.variant ?? {};

function refused(reason: string, field: string): RequestRefused {
  return new RequestRefused("invalid-request", reason, { field });
}
