// The registry of open pacings. Each module is a pure plan; see load/README.md for how to add one.
import type { Pacing } from "@tidemark/proto";
import { constant } from "./constant.ts";
import type { PacingModule, Schedule } from "./pacing.ts";

const pacings = { constant } as const satisfies {
  readonly [Kind in Pacing["kind"]]?: PacingModule<Extract<Pacing, { kind: Kind }>>;
};

/** The due times of a plan's pacing over its duration. */
export function scheduleOf(pacing: Pacing, durationMs: number): Schedule {
  switch (pacing.kind) {
    case "constant":
      return pacings.constant.schedule(pacing, durationMs);
    default:
      throw new RangeError(`pacing ${pacing.kind} has no schedule`);
  }
}
