// Comparisons as the rest of the hub asks for them: which runs are meant, a verdict on each stratum, and what the hosts did meanwhile.
import {
  type Campaign,
  type CompareQuery,
  type Comparison,
  type HostComparison,
  type Verdict,
} from "@tidemark/proto";
import type { RunHostFigures } from "../hosts/run-hosts.ts";
import { worst } from "./effect.ts";
import { compareHosts } from "./host-comparison.ts";
import { judge } from "./judge.ts";
import { type Selection, type SelectionDeps, selectCampaign, selectRuns } from "./selected-runs.ts";

export interface Verdicts {
  /** Throws RequestRefused, with the field at fault, for what cannot be compared. */
  compare(query: CompareQuery): Promise<Comparison>;
  /** Of a campaign that compares: one verdict for each stratum; of what its runs so far say, before its end. */
  ofCampaign(campaign: Campaign): Promise<readonly Verdict[]>;
  /** What the hosts did during the runs that `compare` would take. */
  hosts(query: CompareQuery): Promise<HostComparison>;
}

export interface VerdictsDeps extends SelectionDeps {
  readonly hostFigures: RunHostFigures;
}

/** Runs of each side whose hosts are looked up: each is a query of its own. */
const hostRunsMax = 40;

export function openVerdicts(deps: VerdictsDeps): Verdicts {
  return {
    async compare(query) {
      const verdicts = verdictsOf(await selectRuns(deps, query));
      return { kind: worst(verdicts.map(({ kind }) => kind)), verdicts };
    },
    async ofCampaign(campaign) {
      return verdictsOf(await selectCampaign(deps, campaign));
    },
    async hosts(query) {
      const { strata } = await selectRuns(deps, query);
      const runsOf = (side: "baseline" | "candidate") =>
        strata.flatMap((stratum) => stratum[side].map(({ run }) => run)).slice(0, hostRunsMax);
      const [baseline, candidate] = [runsOf("baseline"), runsOf("candidate")];
      const figures = await deps.hostFigures([...baseline, ...candidate]);
      const of = (runs: typeof baseline) => runs.flatMap((run) => figures.get(run) ?? []);
      return { hosts: compareHosts(of(baseline), of(candidate)) };
    },
  };
}

function verdictsOf({ strata, marginRatio, remarks }: Selection): Verdict[] {
  return strata.map(({ labels, names, ...runs }, at) => {
    const verdict = judge({ ...runs, labels: names, stratum: labels, marginRatio });
    return at === 0 ? { ...verdict, remarks: [...remarks, ...verdict.remarks] } : verdict;
  });
}
