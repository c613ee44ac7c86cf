// V8's compiler tiers, off while the agent only samples: its two milliseconds a second run as fast interpreted, and the compilers'
// code pages, buffers and output are 14 MB of resident memory. On while a load test runs, whose generator needs them: 3.5 µs of
// CPU a request with them, 10 µs without.
import { setFlagsFromString } from "node:v8";

/** What V8 is told while the agent rests; from the command line on, that is worth 3 MB more than at run time. */
export const restFlags = [
  "--no-sparkplug",
  "--no-maglev",
  "--no-opt",
  "--optimize-for-size",
] as const;
const workFlags = ["--sparkplug", "--maglev", "--opt", "--no-optimize-for-size"] as const;

/** From here on, code that is not compiled yet stays interpreted, in every thread. */
export function rest(): void {
  for (const flag of restFlags) setFlagsFromString(flag);
}

/** Hot code is compiled again, in every thread. */
export function work(): void {
  for (const flag of workFlags) setFlagsFromString(flag);
}
