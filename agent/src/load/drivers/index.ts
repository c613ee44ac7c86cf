// The registry of drivers. See load/README.md for how to add one.
import type { LoadPlan } from "@tidemark/proto";
import type { Driver } from "./driver.ts";
import { http1 } from "./http1/http1.ts";

const drivers = { http1 } as const satisfies Record<LoadPlan["driver"], Driver>;

export function driverNamed(name: LoadPlan["driver"]): Driver {
  return drivers[name];
}
