// The rule of a verdict on made-up runs.
import type { VerdictKind } from "@tidemark/proto";
import { shift } from "../../../hub/src/verdict/statistics/hodges-lehmann.ts";
import { maxT } from "../../../hub/src/verdict/statistics/max-t.ts";
import type { Made, Sides } from "./noises.ts";

export function verdictOn(
  { baseline, candidate }: Sides,
  marginRatio: number,
  _order: Made["order"],
): VerdictKind {
  const family = (["p50", "p95", "p99"] as const).map((figure) => ({
    baseline: baseline.map((run) => Math.log(run[figure] ?? Number.NaN)),
    candidate: candidate.map((run) => Math.log(run[figure] ?? Number.NaN)),
  }));
  const adjusted = maxT(family, 1);
  const margin = Math.log1p(marginRatio);
  const kinds = family.map((figure, at): VerdictKind => {
    const found = shift(figure.baseline, figure.candidate, 0.05);
    if (found === undefined) return "not-enough-runs";
    if ((adjusted[at] ?? 1) > 0.05) return "inconclusive";
    if (found.low > 0 && found.estimate >= margin) return "regression";
    return found.high < 0 && found.estimate <= -margin ? "improvement" : "inconclusive";
  });
  return (
    kinds.find((kind) => kind === "regression") ??
    kinds.find((kind) => kind === "improvement") ??
    "inconclusive"
  );
}
