// The registry of pacers, by the plan's precision.
import type { Precision } from "@tidemark/proto";
import { economy } from "./economy.ts";
import { exact } from "./exact.ts";
import type { Pacer } from "./pacer.ts";
import { precise } from "./precise.ts";

export const pacers = [precise, economy, exact] as const satisfies readonly Pacer[];

export function pacerFor(precision: Precision): Pacer {
  const pacer = pacers.find((candidate) => candidate.precision === precision);
  if (pacer === undefined) throw new RangeError(`no pacer is ${precision}`);
  return pacer;
}
