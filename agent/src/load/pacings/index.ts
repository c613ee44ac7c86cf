// The registry of open pacings. Each module is a pure plan; see load/README.md for how to add one.
import { type Pacing, type Share, type openPacings, wholeShare } from "@tidemark/proto";
import { constant } from "./constant.ts";
import type { PacingModule, Schedule } from "./pacing.ts";
import { poisson } from "./poisson.ts";
import { ramp } from "./ramp.ts";
import { sharedSchedule } from "./shared.ts";
import { stages } from "./stages.ts";

export type OpenKind = (typeof openPacings)[number];
/** A pacing whose requests are due whatever the server does. */
export type OpenPacing = Extract<Pacing, { kind: OpenKind }>;

const pacings = { constant, ramp, stages, poisson } as const satisfies {
  readonly [Kind in OpenKind]: PacingModule<Extract<Pacing, { kind: Kind }>>;
};

/** The due times of a plan's pacing over its duration, or a share of them. */
export function scheduleOf(
  pacing: OpenPacing,
  durationMs: number,
  share: Share = wholeShare,
): Schedule {
  return sharedSchedule(wholeOf(pacing, durationMs), share);
}

function wholeOf(pacing: OpenPacing, durationMs: number): Schedule {
  switch (pacing.kind) {
    case "constant":
      return pacings.constant.schedule(pacing, durationMs);
    case "ramp":
      return pacings.ramp.schedule(pacing, durationMs);
    case "stages":
      return pacings.stages.schedule(pacing, durationMs);
    case "poisson":
      return pacings.poisson.schedule(pacing, durationMs);
  }
}
