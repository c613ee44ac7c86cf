// Whether this agent can carry out a plan at all, whatever its policy says. Loaded with the first run.
import { type LoadPlan, capabilities, isInstalledDriver, planFault } from "@tidemark/proto";
import type { StartCarrier } from "./carrier.ts";
import { PlanRejected } from "./drivers/driver.ts";
import { driverNamed } from "./drivers/index.ts";

/** A spin beside the agent needs a core of its own on top of what the host does. */
const coresForExactMin = 3;

/** What the plan itself says; `undefined` when it can be carried out. */
export function unsupported(plan: LoadPlan, cores: number): string | undefined {
  const fault = planFault(plan);
  if (fault !== undefined) return `${fault.field}: ${fault.reason}`;
  if (plan.precision === "exact" && cores < coresForExactMin)
    return `precision exact keeps a core busy and this host has ${cores}: use precise`;
  return undefined;
}

/** What the plan's driver says, without a connection made. */
export async function driverFault(plan: LoadPlan): Promise<string | undefined> {
  if (isInstalledDriver(plan.driver)) {
    const { programFault } = await import("./programs/installed.ts");
    return await programFault(plan);
  }
  try {
    (await driverNamed(plan.driver)).check(plan);
    return undefined;
  } catch (cause) {
    if (cause instanceof PlanRejected) return cause.message;
    throw cause;
  }
}

/** Threads of our own, or the program that the plan names. */
export async function carrierFor({ driver }: LoadPlan): Promise<StartCarrier> {
  if (isInstalledDriver(driver))
    return (await import("./programs/program-carrier.ts")).startProgram;
  return (await import("./threads.ts")).startThreads;
}

/** Why one request of a plan cannot be shown; `undefined` when it can. */
export function untriable({ driver }: LoadPlan): string | undefined {
  const capability = capabilities[driver].try;
  return capability === true ? undefined : `try: ${capability}`;
}
