// The registry of installed load generators. See load/README.md for how to add one.
import type { InstalledDriver } from "@tidemark/proto";
import { fortio } from "./fortio/fortio.ts";
import { nighthawk } from "./nighthawk/nighthawk.ts";
import type { Program } from "./program.ts";
import { wrk } from "./wrk/wrk.ts";
import { wrk2 } from "./wrk/wrk2.ts";

export const programs = {
  fortio,
  wrk2,
  wrk,
  nighthawk,
} as const satisfies Readonly<Record<InstalledDriver, Program>>;
