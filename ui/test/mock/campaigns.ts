// The mock's campaigns: a comparison with its verdicts, one under way, runs of all variants; new ones go a step with every look.
import type {
  Campaign,
  CampaignStep,
  NewCampaign,
  NewComparison,
  Profile,
  VariantLabels,
  Verdict,
} from "@tidemark/proto";
import { parseSelector } from "@tidemark/proto";
import { idOf } from "./fleet.ts";

export const campaignIds = {
  judged: idOf("campaign judged"),
  underway: idOf("campaign underway"),
  runs: idOf("campaign runs"),
} as const;

type Sides = NonNullable<Campaign["comparison"]>;

const stepMs = 60_000;

const step = (variant: VariantLabels, side: CampaignStep["side"]): CampaignStep => ({
  variant,
  side,
  run: null,
  state: "waiting",
  cause: "",
  validity: null,
});

export const matching = (profile: Profile, selector: string | undefined): VariantLabels[] => {
  const all = (profile.spec.variants ?? []).map(({ labels }) => labels);
  if (selector === undefined) return all.length === 0 ? [{}] : all;
  const parsed = parseSelector(selector);
  return parsed.kind === "faulty" ? [] : all.filter((labels) => parsed.matches(labels));
};

function begun(
  profile: Profile,
  kind: Campaign["kind"],
  steps: CampaignStep[],
  nowMs: number,
  user: string,
): Campaign {
  return {
    id: idOf(`campaign ${nowMs}`),
    kind,
    profile: { id: profile.id, revision: profile.revision, name: profile.spec.name },
    state: "running",
    cause: "",
    createdBy: user,
    createdAtMs: nowMs,
    startedAtMs: nowMs,
    endedAtMs: null,
    expectedEndMs: nowMs + steps.length * stepMs,
    schedule: null,
    suspect: null,
    comparison: null,
    steps,
    verdicts: [],
  };
}

export function newRuns(
  profile: Profile,
  { variants, repeats }: NewCampaign,
  nowMs: number,
  user: string,
): Campaign {
  const times = repeats ?? profile.spec.repeats ?? 1;
  const steps = matching(profile, variants).flatMap((labels) =>
    Array.from({ length: times }, () => step(labels, null)),
  );
  return begun(profile, "runs", steps, nowMs, user);
}

export function newComparison(
  profile: Profile,
  { baseline, candidate, runsEach = 8, marginRatio = 0.05, seed = 2_025 }: NewComparison,
  nowMs: number,
  user: string,
): Campaign {
  const sides: Sides = { baseline, candidate, runsEach, marginRatio, seed };
  const pairs = matching(profile, baseline).map(
    (labels, index) => [labels, matching(profile, candidate)[index] ?? {}] as const,
  );
  const steps = pairs.flatMap(([old, young]) =>
    Array.from({ length: runsEach }, (_, index) => {
      const [a, b] = [step(old, "baseline"), step(young, "candidate")];
      return index % 2 === 0 ? [a, b] : [b, a];
    }).flat(),
  );
  return { ...begun(profile, "comparison", steps, nowMs, user), comparison: sides };
}

/** One step further, with runs of the past to link to; verdicts once it is over. */
export function advanced(campaign: Campaign, runs: readonly string[], nowMs: number): Campaign {
  if (campaign.state !== "running") return campaign;
  const at = campaign.steps.findIndex(({ state }) => state === "running");
  const next = at + 1 === 0 ? campaign.steps.findIndex(({ state }) => state === "waiting") : at + 1;
  const steps = campaign.steps.map((each, index): CampaignStep => {
    if (index === at) return { ...each, state: "completed", validity: "valid" };
    if (index === next)
      return { ...each, state: "running", run: runs[index % runs.length] ?? null };
    return each;
  });
  const isOver = next >= steps.length || next < 0;
  return {
    ...campaign,
    steps,
    ...(isOver ? { state: "completed", endedAtMs: nowMs, verdicts: verdictsOf(campaign) } : {}),
  };
}

export function verdictsOf({ comparison, steps }: Campaign): Verdict[] {
  if (comparison === null) return [];
  const strata = new Map(
    steps
      .filter(({ side }) => side === "baseline")
      .map(({ variant }) => {
        const { release: _release, mesh: _mesh, ...rest } = variant;
        return [JSON.stringify(rest), rest];
      }),
  );
  const kinds = ["regression", "improvement", "inconclusive"] as const;
  const says = {
    regression: "p99 is 7.2 % slower [4.1, 10.6] than before, 8 against 8 runs.",
    improvement: "p50 is 32 % faster [28, 35] than before, 8 against 8 runs.",
    inconclusive: "p99 may be up to 6.3 % slower or 2.1 % faster, 8 against 8 runs.",
  } as const;
  return [...strata.values()].map((stratum, index): Verdict => {
    const kind = kinds[index % kinds.length] ?? "inconclusive";
    const side = (label: string) => ({ label, runs: [], counted: comparison.runsEach });
    return {
      kind,
      stratum,
      sentence: says[kind],
      settles: kind === "inconclusive" ? "14 runs each would settle it." : "",
      marginRatio: comparison.marginRatio,
      design: "interleaved",
      baseline: side(comparison.baseline),
      candidate: side(comparison.candidate),
      figures: [],
      keyDifferences: [],
      environmentChanges: [],
      remarks: [],
    };
  });
}

export function seededCampaigns(
  machines: Profile,
  runs: readonly string[],
  nowMs: number,
): Campaign[] {
  const sides = { profile: machines.id, baseline: "release=3.5", candidate: "release=3.6" };
  const judged = newComparison(machines, { ...sides, runsEach: 8 }, nowMs - 5 * 3_600_000, "ada");
  const ended: Campaign = {
    ...judged,
    id: campaignIds.judged,
    state: "completed",
    endedAtMs: nowMs - 4 * 3_600_000,
    steps: judged.steps.map((each, index) => ({
      ...each,
      run: runs[index % runs.length] ?? null,
      state: index === 11 ? "failed" : "completed",
      cause: index === 11 ? "the target refused every connection" : "",
      validity: index === 11 ? "invalid" : index === 6 ? "flagged" : "valid",
    })),
    verdicts: verdictsOf(judged),
  };
  const one = {
    ...sides,
    baseline: "release=3.5,dataset=1000",
    candidate: "release=3.6,dataset=1000",
  };
  let underway: Campaign = {
    ...newComparison(machines, { ...one, runsEach: 4 }, nowMs - 240_000, "grace"),
    id: campaignIds.underway,
  };
  for (let index = 0; index < 4; index += 1) underway = advanced(underway, runs, nowMs);
  const nightly: Campaign = {
    ...newRuns(machines, {}, nowMs - 11 * 3_600_000, "schedule"),
    id: campaignIds.runs,
    state: "completed",
    endedAtMs: nowMs - 10 * 3_600_000,
    schedule: idOf("schedule nightly"),
  };
  const steps = nightly.steps.map((each, index): CampaignStep => ({
    ...each,
    run: runs[index % runs.length] ?? null,
    state: "completed",
    validity: "valid",
  }));
  return [underway, ended, { ...nightly, steps }];
}
