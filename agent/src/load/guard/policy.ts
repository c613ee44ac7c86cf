// The host's own word on load tests: a YAML file that the hub cannot change. Absent, only the host itself may be a target;
// malformed, nobody may.
import { type DriverName, driverNames, loadLimits } from "@tidemark/proto";
import { Type, type Static, type TSchema } from "typebox";
import { Check, Errors } from "typebox/value";
import { parse as parseYaml } from "yaml";
import { defaultPolicy } from "./default-policy.ts";
import { type QuietHours, quietHoursOf } from "./quiet-hours.ts";
import { type Rule, destinationOf, portRangeOf } from "./rules.ts";

const strict = { additionalProperties: false } as const;
const PolicyFile = Type.Object(
  {
    allow: Type.Boolean(),
    targets: Type.Array(
      Type.Object(
        {
          to: Type.String({ minLength: 1, maxLength: 256 }),
          ports: Type.Optional(
            Type.Array(
              Type.Union([Type.Integer(), Type.String({ pattern: "^\\d{1,5}-\\d{1,5}$" })]),
              {
                minItems: 1,
                maxItems: 64,
              },
            ),
          ),
        },
        strict,
      ),
      { maxItems: 1_000 },
    ),
    limits: Type.Object(
      {
        ratePerSecond: Type.Number({ minimum: 0, maximum: loadLimits.ratePerSecondMax }),
        connections: Type.Integer({ minimum: 0, maximum: loadLimits.connectionsMax }),
        durationSeconds: Type.Number({ minimum: 0, maximum: loadLimits.durationMsMax / 1_000 }),
        bytesPerRun: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
        cpuShare: Type.Optional(Type.Number({ minimum: 0.01, maximum: 1 })),
        workers: Type.Optional(Type.Integer({ minimum: 1, maximum: loadLimits.workersMax })),
        runs: Type.Optional(Type.Integer({ minimum: 1, maximum: 16 })),
      },
      strict,
    ),
    quietHours: Type.Optional(Type.Array(Type.String({ maxLength: 64 }), { maxItems: 64 })),
    tries: Type.Optional(Type.Boolean()),
    drivers: Type.Optional(Type.Array(Type.Enum(driverNames), { maxItems: driverNames.length })),
  },
  strict,
);

export interface Policy {
  readonly allow: boolean;
  readonly rules: readonly Rule[];
  /** Of all runs under way together, requests/s: what open pacings plan at their peak, and what closed loops are held to. */
  readonly ratePerSecondMax: number;
  /** Of all runs under way together. */
  readonly connectionsMax: number;
  /** Of one run, its warm-up included. */
  readonly durationMsMax: number;
  /** Sent and received by one run. */
  readonly bytesMax: number;
  /** Of this host's cores that generators may use, 0 … 1. */
  readonly cpuShareMax: number;
  readonly workersMax: number;
  /** Runs at once. */
  readonly runsMax: number;
  readonly quietHours: readonly QuietHours[];
  /** Whether single requests may be tried, whose answer the hub is shown. */
  readonly tries: boolean;
  readonly drivers: readonly DriverName[];
}

/** What a policy file holds; `malformed` names its faults, and means nobody. */
export type ParsedPolicy =
  | { readonly kind: "policy"; readonly policy: Policy }
  | { readonly kind: "malformed"; readonly faults: readonly string[] };

export function parsePolicy(text: string): ParsedPolicy {
  let value: unknown;
  try {
    value = parseYaml(text, { maxAliasCount: 0, logLevel: "error" });
  } catch (cause) {
    const [line = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    return { kind: "malformed", faults: [`it is not YAML: ${line}`] };
  }
  if (!Check(PolicyFile, value)) return { kind: "malformed", faults: schemaFaults(value) };
  const faults: string[] = [];
  const policy = policyOf(value, faults);
  return faults.length > 0 ? { kind: "malformed", faults } : { kind: "policy", policy };
}

function policyOf(file: Static<typeof PolicyFile>, faults: string[]): Policy {
  const rules = file.targets.flatMap((target, index): Rule[] => {
    const to = destinationOf(target.to);
    if (to === undefined)
      faults.push(
        `/targets/${index}/to ${JSON.stringify(target.to)} is not self, an address, a CIDR block or a host name`,
      );
    const ports = target.ports?.flatMap((port) => {
      const range = portRangeOf(port);
      if (range === undefined) faults.push(`/targets/${index}/ports ${port} is no such range`);
      return range === undefined ? [] : [range];
    });
    return to === undefined ? [] : [{ to, ports }];
  });
  const quietHours = (file.quietHours ?? []).flatMap((text, index) => {
    const hours = quietHoursOf(text);
    if (hours === undefined)
      faults.push(
        `/quietHours/${index} ${JSON.stringify(text)} is not like "22:00-06:00" or "mon-fri 08:00-18:00"`,
      );
    return hours === undefined ? [] : [hours];
  });
  const { limits } = file;
  return {
    allow: file.allow,
    rules,
    ratePerSecondMax: limits.ratePerSecond,
    connectionsMax: limits.connections,
    durationMsMax: limits.durationSeconds * 1_000,
    bytesMax: limits.bytesPerRun ?? defaultPolicy.bytesMax,
    cpuShareMax: limits.cpuShare ?? defaultPolicy.cpuShareMax,
    workersMax: limits.workers ?? defaultPolicy.workersMax,
    runsMax: limits.runs ?? defaultPolicy.runsMax,
    quietHours,
    tries: file.tries ?? defaultPolicy.tries,
    drivers: file.drivers ?? defaultPolicy.drivers,
  };
}

/** Faults told at most: past these the file is another file. */
const faultsMax = 32;
const pathLengthMax = 100;

/** Each field once, with what was expected; values are not repeated. Section by section: TypeBox stops at its eighth fault. */
function schemaFaults(value: unknown): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return ['it must hold fields, one "name: value" a line'];
  const sections = new Map<string, TSchema>(Object.entries(PolicyFile.properties));
  const faults = new Map<string, string>();
  for (const name of PolicyFile.required)
    if (!Object.hasOwn(value, name)) faults.set(`/${name}`, "is missing");
  for (const [name, part] of Object.entries(value)) {
    const schema = sections.get(name);
    if (schema === undefined) {
      faults.set(`/${name}`.slice(0, pathLengthMax), "is not a known field");
      continue;
    }
    for (const { instancePath, keyword, message, params } of Errors(schema, part)) {
      const path = `/${name}${instancePath}`.slice(0, pathLengthMax);
      // Told by the field that is too much, which comes as "schema is false".
      if (faults.has(path) || keyword === "additionalProperties") continue;
      if (keyword === "boolean") faults.set(path, "is not a known field");
      else if (keyword === "enum")
        faults.set(path, `is none of ${params.allowedValues.join(", ")}`);
      else faults.set(path, message);
    }
  }
  return [...faults].slice(0, faultsMax).map(([path, message]) => `${path} ${message}`);
}
