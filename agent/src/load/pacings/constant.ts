// Constant rate: t(k) = k / R.
import type { Pacing } from "@tidemark/proto";
import type { PacingModule } from "./pacing.ts";

type ConstantRate = Extract<Pacing, { kind: "constant" }>;

/** Absorbs the rounding of k × 1000 / R, in requests: a due time computed by `dueAtMs` must count as due at that time. */
const tolerance = 1e-6;

export const constant: PacingModule<ConstantRate> = {
  schedule({ ratePerSecond }, durationMs) {
    const perMs = ratePerSecond / 1_000;
    const periodMs = 1_000 / ratePerSecond;
    // Request 0 is due at once, so a run shorter than one period still sends one; the end itself is not within the run.
    const total = Math.max(1, Math.ceil(durationMs * perMs - tolerance));
    return {
      total,
      dueAtMs: (index) => index * periodMs,
      dueBy(elapsedMs) {
        if (elapsedMs < 0) return 0;
        return Math.min(total, Math.floor(elapsedMs * perMs + tolerance) + 1);
      },
    };
  },
};
