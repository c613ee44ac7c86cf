// What lists and headings say of a run: sums over its counts, and its title.
import type { Counts, Run } from "@tidemark/proto";

/** Requests without a response. */
export const errorsOf = ({ errors }: Pick<Counts, "errors">): number =>
  Object.values(errors).reduce((sum, count) => sum + count, 0);

/** Responses with status 400 or above. */
export function failedStatusesOf({ statuses }: Pick<Counts, "statuses">): number {
  return Object.entries(statuses).reduce(
    (sum, [status, count]) => (Number(status) >= 400 ? sum + count : sum),
    0,
  );
}

/** A run's name; without one its target, of which the scheme is always the same. */
export const titleOf = ({ name, target }: Pick<Run, "name" | "target">): string =>
  name === "" ? target.replace(/^http:\/\//, "") : name;
