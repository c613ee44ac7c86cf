// Which runs of an interleaved comparison belong together in time. Pure.
import type { RunId } from "@tidemark/proto";
import type { RunEvidence } from "../evidence/evidence.ts";

/** interleaved: with the number of the block in which each run was carried out. */
export type Design =
  | { readonly kind: "interleaved"; readonly blocks: ReadonlyMap<RunId, number> }
  | { readonly kind: "separate" };

/**
 * The block of every run, the baseline's first; undefined for separate sides, and for a run of no block. Where invalid runs have left a
 * block with one side, it is one with the block before it, or with the next at the beginning.
 */
export function blockNumbers(
  design: Design,
  baseline: readonly RunEvidence[],
  candidate: readonly RunEvidence[],
): readonly number[] | undefined {
  if (design.kind === "separate") return undefined;
  const blockOf = ({ run }: RunEvidence) => design.blocks.get(run) ?? Number.NaN;
  const numbers = [...baseline, ...candidate].map(blockOf);
  if (numbers.some(Number.isNaN)) return undefined;
  const ofBaseline = new Set(baseline.map(blockOf));
  const ofCandidate = new Set(candidate.map(blockOf));
  const joined = new Map<number, number>();
  let current = 0;
  let [hasBaseline, hasCandidate] = [false, false];
  for (const number of [...new Set(numbers)].toSorted((one, other) => one - other)) {
    const isWhole = ofBaseline.has(number) && ofCandidate.has(number);
    if (hasBaseline && hasCandidate && isWhole) {
      current += 1;
      [hasBaseline, hasCandidate] = [false, false];
    }
    joined.set(number, current);
    hasBaseline ||= ofBaseline.has(number);
    hasCandidate ||= ofCandidate.has(number);
  }
  return numbers.map((number) => joined.get(number) ?? 0);
}
