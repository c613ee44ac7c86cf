// The registry of pacings. Each module is a pure plan; see load/README.md for how to add one.
import type { Pacing } from "@tidemark/proto";
import { constant } from "./constant.ts";
import type { Schedule } from "./pacing.ts";

/**
 * Every pacing there is; a plan names one by its kind.
 * @public
 */
export const pacings = [constant] as const satisfies readonly {
  readonly kind: Pacing["kind"];
}[];

/** The due times of a plan's pacing over its duration. */
export function scheduleOf(pacing: Pacing, durationMs: number): Schedule {
  switch (pacing.kind) {
    case "constant":
      return constant.schedule(pacing, durationMs);
  }
}
