// What a list says of a profile's load. Pure.
import { type DriverName, type ProfileSpec, driverForScheme, pacingText } from "@tidemark/proto";
import { planOf } from "../load/plan.ts";

/** The shape of the load in a few words: `1,000/s for 30 s`; empty for a load that cannot be planned. */
export function shapeText({ load }: ProfileSpec): string {
  const planned = planOf(load);
  if (planned.kind === "faulty") return "";
  const { plan, search } = planned;
  const text =
    search === undefined
      ? `${pacingText(plan.pacing)} for ${durationText(plan.durationMs)}`
      : `${pacingText(search)} in steps of ${durationText(plan.durationMs)}`;
  return text.slice(0, shapeLengthMax);
}

/** As a run would choose it. */
export function driverOf({ load }: ProfileSpec): DriverName {
  if (load.driver !== undefined) return load.driver;
  const scheme = URL.canParse(load.target) ? new URL(load.target).protocol : "";
  return driverForScheme(scheme) ?? "http1";
}

const shapeLengthMax = 256;
const units = [
  ["h", 3_600_000],
  ["min", 60_000],
] as const;

/** In the largest unit of which it is a whole number: `90 s`, `2 min`, `1 h`. */
function durationText(ms: number): string {
  const [unit, size] = units.find((each) => ms % each[1] === 0) ?? ["s", 1_000];
  return `${(ms / size).toLocaleString("en-US", { maximumFractionDigits: 3 })} ${unit}`;
}
