// The registry of drivers. See load/README.md for how to add one.
import type { LoadPlan } from "@tidemark/proto";
import type { Driver } from "./driver.ts";
import { http1 } from "./http1/http1.ts";

export const drivers = [http1] as const satisfies readonly Driver[];

export function driverNamed(name: LoadPlan["driver"]): Driver {
  const driver = drivers.find((candidate) => candidate.name === name);
  if (driver === undefined) throw new RangeError(`no driver is named ${name}`);
  return driver;
}
