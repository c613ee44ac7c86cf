// What each host did during the runs of two sides: the median of its means over either side's runs, and their difference. Pure.
import { type HostComparison, type HostFigures, hostMetrics } from "@tidemark/proto";

type ComparedHost = HostComparison["hosts"][number];

/** `baseline`, `candidate`: of every run of the side, each host once. In the order in which hosts first appear. */
export function compareHosts(
  baseline: readonly HostFigures[],
  candidate: readonly HostFigures[],
): ComparedHost[] {
  const before = Map.groupBy(baseline, ({ agent }) => agent);
  const after = Map.groupBy(candidate, ({ agent }) => agent);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((agent) => {
    const [ofBaseline, ofCandidate] = [before.get(agent) ?? [], after.get(agent) ?? []];
    const latest = ofCandidate.at(-1) ?? ofBaseline.at(-1);
    if (latest === undefined) return [];
    const { agentName } = latest;
    const role = roleOf([...ofBaseline, ...ofCandidate]);
    return [{ agent, agentName, role, metrics: metricsOf(ofBaseline, ofCandidate) }];
  });
}

/** Only those that either side has. */
function metricsOf(
  baseline: readonly HostFigures[],
  candidate: readonly HostFigures[],
): ComparedHost["metrics"] {
  return hostMetrics.flatMap(({ name, unit }) => {
    const [before, after] = [middle(baseline, name), middle(candidate, name)];
    if (before === null && after === null) return [];
    const difference = before === null || after === null ? null : after - before;
    return [{ metric: name, unit, baseline: before, candidate: after, difference }];
  });
}

function middle(figures: readonly HostFigures[], metric: string): number | null {
  const values = figures.flatMap(({ means }) => means[metric] ?? []);
  const sorted = values.toSorted((one, other) => one - other);
  const lower = sorted[(sorted.length - 1) >> 1];
  const upper = sorted[sorted.length >> 1];
  return lower === undefined || upper === undefined ? null : (lower + upper) / 2;
}

/** A host that generated in one run and was the target of another did both. */
function roleOf(figures: readonly HostFigures[]): HostFigures["role"] {
  const [role = "both", ...others] = new Set(figures.map((figure) => figure.role));
  return others.length === 0 ? role : "both";
}
