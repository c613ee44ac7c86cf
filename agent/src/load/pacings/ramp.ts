// A linear ramp, up or down: the rate goes from one to the other over the whole run.
import type { Pacing } from "@tidemark/proto";
import { type PacingModule, countDue, tolerance } from "./pacing.ts";
import { type Slope, areaOf, reachMs } from "./slope.ts";

type LinearRamp = Extract<Pacing, { kind: "ramp" }>;

export const ramp: PacingModule<LinearRamp> = {
  schedule({ fromPerSecond, toPerSecond }, durationMs) {
    const slope: Slope = {
      startMs: 0,
      durationMs,
      fromPerMs: fromPerSecond / 1_000,
      toPerMs: toPerSecond / 1_000,
    };
    const requests = areaOf(slope, durationMs);
    // Request 0 is due at once, whatever the rate there; the end itself is not within the run.
    const total = Math.max(1, Math.ceil(requests - tolerance(requests)));
    const dueAtMs = (index: number) => reachMs(slope, index);
    return {
      total,
      dueAtMs,
      dueBy(elapsedMs) {
        if (elapsedMs < 0) return 0;
        if (elapsedMs >= durationMs) return total;
        const guess = Math.floor(areaOf(slope, elapsedMs)) + 1;
        return countDue({ total, dueAtMs }, elapsedMs, guess);
      },
    };
  },
};
