// The three ways a latency is measured, and what each means to a reader.
import type { Basis } from "@tidemark/proto";

export type { Basis };
export const bases = ["response", "service", "lateness"] as const satisfies readonly Basis[];

/** Of the response time, where requests are never due. */
export const closedMeaning =
  "Closed loop: a request is due when the one before is answered, so a slow server was asked less and this hides what users would have waited. Read the service time.";

export const meanings: Record<Basis, string> = {
  response: "From when the request was due: what a user would have waited, queueing included.",
  service: "From when the request was written: what the server itself took.",
  lateness:
    "How late requests were written after they were due: the cost of waiting for a connection, or of the generator.",
};
