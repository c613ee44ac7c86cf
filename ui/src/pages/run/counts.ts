// Sums over a run's counts.
import type { Counts } from "@tidemark/proto";

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
