// What runs say, as the rest of the hub asks for it: comparisons, histories, the release board, and what a comparison could find. Reads
// the evidence, and leaves what it means to the pure files beside.
import { setImmediate } from "node:timers/promises";
import {
  type Board,
  type BoardQuery,
  type Campaign,
  type CompareQuery,
  type Comparison,
  type Detectable,
  type DetectableQuery,
  type History,
  type HistoryQuery,
  type HostComparison,
  type ProfileId,
  type ProfileSpec,
  type Variant,
  type Verdict,
  defaultComparison,
  isProfileId,
  releaseLabel,
  verdictLimits,
} from "@tidemark/proto";
import { RequestRefused } from "../errors.ts";
import type { RunHostFigures } from "../hosts/run-hosts.ts";
import type { RunEvidence } from "../evidence/evidence.ts";
import { variantsOf } from "../profiles/variants.ts";
import { boardOf } from "./board.ts";
import { detectableBy } from "./detectable.ts";
import { worst } from "./effect.ts";
import { historyOf } from "./history.ts";
import { compareHosts } from "./host-comparison.ts";
import { judge } from "./judge.ts";
import {
  type Selection,
  type SelectionDeps,
  selectCampaign,
  selectRuns,
  selectorOf,
} from "./selected-runs.ts";

export interface Verdicts {
  /** Throws RequestRefused, as all of them, with the field at fault. */
  compare(query: CompareQuery): Promise<Comparison>;
  /** One for each stratum; before its end none is more than "not enough runs". None of a campaign that compares nothing. */
  ofCampaign(campaign: Campaign): Promise<readonly Verdict[]>;
  /** What the hosts did during the runs that `compare` would take. */
  hosts(query: CompareQuery): Promise<HostComparison>;
  history(profile: ProfileId, query: HistoryQuery): Promise<History>;
  board(query: BoardQuery): Promise<Board>;
  detectable(profile: ProfileId, query: DetectableQuery): Promise<Detectable>;
}

export interface VerdictsDeps extends SelectionDeps {
  readonly hostFigures: RunHostFigures;
  /** How long runs of these variants take, one after the other, ms. */
  readonly expectedMs: (spec: ProfileSpec, variants: readonly Variant[]) => number;
  readonly now: () => number;
}

/** Runs of each side whose hosts are looked up: each is a query of its own. */
const hostRunsMax = 40;
/** Runs a board is made of, the newest. */
const boardRunsMax = 20_000;
const boardDaysDefault = 365;
const dayMs = 86_400_000;
/** Runs of a profile looked through for those that are wanted. */
const evidenceMax = 5_000;

export function openVerdicts(deps: VerdictsDeps): Verdicts {
  const { store, profiles, now } = deps;

  async function specOf(id: ProfileId): Promise<ProfileSpec> {
    const profile = await profiles.revision(id);
    if (profile === undefined) throw new RequestRefused("not-found", `there is no profile ${id}`);
    return profile.spec;
  }

  /** Newest first, of the variants that a selector means. */
  async function runsOf(id: ProfileId, selector: string | undefined) {
    const matches = selector === undefined ? () => true : selectorOf(selector, "/variants");
    const all = await store.ofProfile(id, { limit: evidenceMax });
    return all.filter(({ origin }) => matches(origin?.variant ?? {}));
  }

  return {
    async compare(query) {
      const verdicts = await verdictsOf(await selectRuns(deps, query));
      return { kind: worst(verdicts.map(({ kind }) => kind)), verdicts };
    },
    async ofCampaign(campaign) {
      const selection = await selectCampaign(deps, campaign);
      return selection === undefined ? [] : await verdictsOf(selection);
    },
    async hosts(query) {
      const { strata } = await selectRuns(deps, query);
      const runsOn = (side: "baseline" | "candidate") =>
        strata.flatMap((stratum) => stratum[side].map(({ run }) => run)).slice(0, hostRunsMax);
      const [baseline, candidate] = [runsOn("baseline"), runsOn("candidate")];
      const figures = await deps.hostFigures([...baseline, ...candidate]);
      const of = (runs: typeof baseline) => runs.flatMap((run) => figures.get(run) ?? []);
      return { hosts: compareHosts(of(baseline), of(candidate)) };
    },
    async history(profile, { figure = "p50", variants, limit = verdictLimits.historyPointsMax }) {
      const { comparison } = await specOf(profile);
      const runs = await runsOf(profile, variants);
      const marginRatio = comparison?.marginRatio ?? defaultComparison.marginRatio;
      return {
        ...historyOf(runs.slice(0, limit), figure, marginRatio),
        isCut: runs.length > limit,
      };
    },
    async board({ figure = "p50", across = releaseLabel, baseline, profile, sinceMs }) {
      const since = sinceMs ?? Math.max(0, now() - boardDaysDefault * dayMs);
      const query = { limit: boardRunsMax, sinceMs: since };
      if (profile !== undefined && (!isProfileId(profile) || profiles.get(profile) === undefined))
        throw new RequestRefused("not-found", `there is no profile ${profile}`, {
          field: "/profile",
        });
      const runs =
        profile === undefined
          ? await store.ofProfiles(query)
          : await store.ofProfile(profile, query);
      const board = boardOf({
        runs,
        figure,
        across,
        baseline,
        profileName: (run) => nameOf(run, profile !== undefined),
      });
      if (baseline !== undefined && board.rows.length > 0 && !board.columns.includes(baseline))
        throw new RequestRefused(
          "invalid-request",
          `no run has ${across}=${baseline}; there are: ${board.columns.join(", ").slice(0, 256)}`,
          { field: "/baseline" },
        );
      return { ...board, isCut: board.isCut || runs.length === boardRunsMax };
    },
    async detectable(profile, { runsEach, variants }) {
      const spec = await specOf(profile);
      const selected = variantsOf(spec, variants);
      const history = await runsOf(profile, variants);
      if (selected.length === 0)
        throw new RequestRefused("invalid-request", `no variant matches ${variants}`, {
          field: "/variants",
        });
      // One way to run it is run for both sides.
      const sides = selected.length === 1 ? [...selected, ...selected] : selected;
      const all = Array.from({ length: runsEach }, () => sides).flat();
      return detectableBy({
        history,
        runsEach,
        marginRatio: spec.comparison?.marginRatio ?? defaultComparison.marginRatio,
        expectedMs: Math.round(deps.expectedMs(spec, all)),
      });
    },
  };

  /** An archived profile is on no board but its own. */
  function nameOf({ origin }: RunEvidence, isAlone: boolean): string | undefined {
    const id = origin?.profile.id ?? "";
    const head = isProfileId(id) ? profiles.get(id) : undefined;
    if (head === undefined || (head.archivedAtMs !== null && !isAlone)) return undefined;
    return head.name;
  }
}

/** A hundred runs of each side take more than a tenth of a second to judge: after each stratum whatever else waits has its turn. */
async function verdictsOf({ strata, marginRatio, remarks }: Selection): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const { labels, names, ...runs } of strata) {
    const verdict = judge({ ...runs, labels: names, stratum: labels, marginRatio });
    const first = verdicts.length === 0 ? remarks : [];
    verdicts.push({ ...verdict, remarks: [...first, ...verdict.remarks] });
    await setImmediate();
  }
  return verdicts;
}
