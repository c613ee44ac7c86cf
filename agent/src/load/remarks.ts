// What a run remarks, each thing once. What a server says may be part of it and be another each time, so that there is a bound; a
// result whose remarks met it says so in the last one.
import { engineLimits } from "./limits.ts";

const further = "further remarks were left out";

/** Adds a remark to those of one worker. */
export function addRemark(remarks: Set<string>, text: string): void {
  if (remarks.has(text)) return;
  remarks.add(remarks.size < engineLimits.remarksMax ? text : further);
}

/** Of all workers, as many as a result holds. */
export function boundedRemarks(remarks: readonly string[]): readonly string[] {
  const { remarksMax } = engineLimits;
  return remarks.length <= remarksMax
    ? remarks
    : [...remarks.filter((text) => text !== further).slice(0, remarksMax - 1), further];
}
