// Constant rate: t(k) = k / R.
import type { Pacing } from "@tidemark/proto";
import { type PacingModule, tolerance } from "./pacing.ts";

type ConstantRate = Extract<Pacing, { kind: "constant" }>;

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
