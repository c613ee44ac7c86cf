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
  /** Empty: by the target's scheme. */
  readonly value: DriverName | "";
  readonly label: string;
  /** Why it cannot be chosen for this target. */
  readonly reason: string | undefined;
}

/** Every driver, and whether it speaks the target's scheme; before them the one that the scheme suggests. */
export function driverChoices(target: string): readonly DriverChoice[] {
  const scheme = schemeOf(target);
  const suggested = suggestedDriver(target);
  const drivers = driverNames.map((value) => {
    const schemes: readonly string[] = driverSchemes[value];
    const speaks = scheme === "" || schemes.includes(scheme);
    return {
      value,
      label: isInstalledDriver(value) ? `${value} (must be installed on the agent)` : value,
      reason: speaks ? undefined : `speaks ${schemes.map((each) => `${each}//`).join(", ")}`,
    };
  });
  const label = suggested === undefined ? "By the URL" : `By the URL: ${suggested}`;
  return [{ value: "", label, reason: undefined }, ...drivers];
}
