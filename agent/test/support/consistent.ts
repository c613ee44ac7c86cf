// What must hold of every run, whatever the driver and whatever the server did.
import { type Counts, addCounts, bases, emptyCounts } from "@tidemark/proto";
import { expect } from "vitest";
import { type Generated, decode } from "../generated.ts";

/** Every due request has exactly one fate, and the intervals add up to the final. */
export function expectConsistent({
  final,
  intervals,
  response,
  service,
  lateness,
}: Generated): void {
  const { counts, unsent, inFlight } = final;
  const failed = Object.values(counts.errors).reduce((sum, count) => sum + count, 0);
  expect(counts.completed + failed + counts.dropped + unsent + inFlight).toBe(counts.due);
  expect(response.total).toBe(counts.completed + counts.errors.timeout + unsent + inFlight);
  expect(lateness.total).toBe(counts.sent);
  expect(service.total).toBeLessThanOrEqual(counts.sent);
  expect(intervals.map(({ index }) => index)).toEqual(intervals.map((_, at) => at));
  expect(final.intervals).toBe(intervals.length);
  const sum = intervals.reduce<Counts>((all, each) => addCounts(all, each.counts), emptyCounts());
  expect(sum).toEqual(counts);
  for (const basis of bases) {
    const total = intervals.reduce((all, each) => all + decode(each.histograms[basis]).total, 0);
    expect(total).toBe(decode(final.histograms[basis]).total);
  }
}
