// SMP's additional_options: fortio's own runner options as JSON. Those with a meaning here are carried over, the others are said.
// https://pkg.go.dev/fortio.org/fortio/fhttp#HTTPOptions
import { type ProfileSpec, httpMethods, loadLimits } from "@tidemark/proto";
import type { Notes } from "./draft.ts";
import { isObject } from "./fields.ts";
import { parseGoDuration } from "./go-duration.ts";

type Load = { -readonly [K in keyof ProfileSpec["load"]]: ProfileSpec["load"][K] };

/** Takes the value when it has a meaning; false when it has none. */
type Option = (load: Load, value: unknown) => boolean;

const options: Readonly<Record<string, Option>> = {
  methodoverride(load, value) {
    const method = httpMethods.find((each) => each === String(value).toUpperCase());
    if (method !== undefined) load.method = method;
    return method !== undefined;
  },
  followredirects(load, value) {
    if (value === true) load.redirectsMax = loadLimits.redirectsMax;
    return typeof value === "boolean";
  },
  insecure(load, value) {
    if (value === true && /^(https|wss|grpcs):/.test(load.target))
      load.tls = { ...load.tls, skipVerify: true };
    return typeof value === "boolean";
  },
  httpreqtimeout(load, value) {
    // Go writes a time.Duration into JSON as nanoseconds.
    const ms = typeof value === "number" ? value / 1e6 : parseGoDuration(String(value));
    if (ms === undefined || !(ms >= 1) || ms > loadLimits.timeoutMsMax) return false;
    load.timeoutMs = Math.round(ms);
    return true;
  },
  h2(load, value) {
    if (value === true && load.driver === undefined) load.driver = "http2";
    return typeof value === "boolean";
  },
};

export function applyOptions(load: Load, given: unknown, notes: Notes): void {
  const remark = (what: string) =>
    notes.remark("/load", `additional_options: ${what} has no meaning here`);
  if (given === undefined || given === "") return;
  const object = typeof given === "string" ? jsonIn(given) : given;
  if (!isObject(object)) {
    remark("a text that is no JSON object");
    return;
  }
  for (const [name, value] of Object.entries(object)) {
    const key = name.toLowerCase().replaceAll("_", "");
    const option = Object.hasOwn(options, key) ? options[key] : undefined;
    if (option?.(load, value) !== true) remark(name.slice(0, 64));
  }
}

function jsonIn(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
