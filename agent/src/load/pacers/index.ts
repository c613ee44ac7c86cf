// The registry of pacers, by the plan's precision.
import type { Precision } from "@tidemark/proto";
import { economy } from "./economy.ts";
import { exact } from "./exact.ts";
import type { Pacer } from "./pacer.ts";
import { precise } from "./precise.ts";

const pacers = { precise, economy, exact } as const satisfies Record<Precision, Pacer>;

export function pacerFor(precision: Precision): Pacer {
  return pacers[precision];
}
