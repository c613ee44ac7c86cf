// Constant rate: t(k) = k / R.
import type { Pacing } from "@tidemark/proto";
import type { PacingModule } from "./pacing.ts";

type ConstantRate = Extract<Pacing, { kind: "constant" }>;

/**
 * Absorbs the rounding of k × 1000 / R, in requests: a due time computed by `dueAtMs` must count as due at that time. Rounding
 * grows with k, four units in the last place at most; the longest plan at the highest rate has 8.6e10 requests.
 */
const tolerance = (requests: number) => 1e-6 + requests * 2 ** -50;

export const constant: PacingModule<ConstantRate> = {
  schedule({ ratePerSecond }, durationMs) {
    const perMs = ratePerSecond / 1_000;
    const periodMs = 1_000 / ratePerSecond;
    // Request 0 is due at once, so a run shorter than one period still sends one; the end itself is not within the run.
    const requests = durationMs * perMs;
    const total = Math.max(1, Math.ceil(requests - tolerance(requests)));
    return {
      total,
      dueAtMs: (index) => index * periodMs,
      dueBy(elapsedMs) {
        if (elapsedMs < 0) return 0;
        const passed = elapsedMs * perMs;
        return Math.min(total, Math.floor(passed + tolerance(passed)) + 1);
      },
    };
  },
};
