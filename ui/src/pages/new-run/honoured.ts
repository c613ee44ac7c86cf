// What the chosen driver honours, from the contract's table, in words for the form. Pure.
import {
  capabilities,
  driverForScheme,
  driverNames,
  driverSchemes,
  isInstalledDriver,
  tlsSchemes,
  type DriverName,
  type PlanFeature,
} from "@tidemark/proto";
import type { Draft } from "./draft.ts";

/** The driver a draft means: the chosen one, or the one its target's scheme suggests. */
export function driverOf({ driver, target }: Pick<Draft, "driver" | "target">): DriverName {
  return driver !== "" ? driver : (suggestedDriver(target) ?? "http1");
}

/** Undefined while the target has no scheme that a driver speaks. */
export function suggestedDriver(target: string): DriverName | undefined {
  return driverForScheme(schemeOf(target));
}

export const schemeOf = (target: string): string =>
  /^[a-z][a-z0-9+.-]*:/i.exec(target.trim())?.[0].toLowerCase() ?? "";

export const speaksTls = (target: string): boolean => tlsSchemes.includes(schemeOf(target));

/** Why a driver cannot honour a feature, as a sentence; undefined when it can. */
export function whyNot(driver: DriverName, feature: PlanFeature): string | undefined {
  const answer = capabilities[driver][feature];
  return answer === true ? undefined : `Not with ${driver}: ${answer}.`;
}

export interface DriverChoice {
  readonly name: DriverName;
  readonly label: string;
  /** Why it cannot be chosen for this target. */
  readonly reason: string | undefined;
}

/** Every driver, and whether it speaks the target's scheme. */
export function driverChoices(target: string): readonly DriverChoice[] {
  const scheme = schemeOf(target);
  return driverNames.map((name) => {
    const schemes: readonly string[] = driverSchemes[name];
    const speaks = scheme === "" || schemes.includes(scheme);
    return {
      name,
      label: isInstalledDriver(name) ? `${name} (must be installed on the agent)` : name,
      reason: speaks ? undefined : `speaks ${schemes.map((each) => `${each}//`).join(", ")}`,
    };
  });
}
