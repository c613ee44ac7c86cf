// What lists and headings say of a run: sums over its counts, and its title.
import type { Counts, Run } from "@tidemark/proto";

/** Requests without a response. */
export const errorsOf = ({ errors }: Pick<Counts, "errors">): number =>
  Object.values(errors).reduce((sum, count) => sum + count, 0);

/** Requests that did not get what they were sent for: no response, or another than was expected. */
export const failedOf = (counts: Pick<Counts, "errors" | "unexpected">): number =>
  errorsOf(counts) + counts.unexpected;

/** A run's name; without one its target, of which the commonest scheme says nothing. */
export const titleOf = ({ name, target }: Pick<Run, "name" | "target">): string =>
  name === "" ? target.replace(/^http:\/\//, "") : name;
