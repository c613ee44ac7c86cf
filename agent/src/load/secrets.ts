// The host's secrets: a YAML file beside the policy that the hub never sees. A plan names a secret; its value is read for the
// run that names it, goes to where the file allows it, and to nowhere that is written down.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type LoadPlan, secretsIn } from "@tidemark/proto";
import { Type, type Static } from "typebox";
import { Check } from "typebox/value";
import { YAMLParseError, parse as parseYaml } from "yaml";
import { errorCode } from "../error-code.ts";
import { ownAddresses } from "./guard/resolve.ts";
import { type Rule, type Seen, admits, ruleOf } from "./guard/rules.ts";
import { type CheckedTarget, seen } from "./guard/targets.ts";
import { engineLimits } from "./limits.ts";

const Value = Type.String({ minLength: 1, maxLength: 65_536 });
const Entry = Type.Union([
  Value,
  Type.Object(
    {
      value: Value,
      targets: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 64 }),
      ),
    },
    { additionalProperties: false },
  ),
]);
type Entry = Static<typeof Entry>;

export interface Secret {
  readonly value: string;
  /** Where it may be sent; `undefined` is wherever the policy lets a run go. */
  readonly targets: readonly Rule[] | undefined;
}
export type Secrets = ReadonlyMap<string, Secret>;

/** What a file holds, or its faults: they name the file and entries, and repeat no value. */
export type ParsedSecrets =
  | { readonly kind: "secrets"; readonly secrets: Secrets }
  | { readonly kind: "faulty"; readonly faults: readonly string[] };

/** The values a plan needs, by name, or why it does not get them. */
export type Granted =
  | { readonly kind: "granted"; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: "refused"; readonly reason: string };

export const secretsFileOf = (policyFile: string) => join(dirname(policyFile), "secrets.yaml");

/** The user this process runs as. */
export const ownUid = () => process.getuid?.() ?? -1;

/** `ownerUid`: the user who must own the file. No file holds no secrets. */
export function readSecrets(file: string, ownerUid: number): ParsedSecrets {
  let handle: number;
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return { kind: "secrets", secrets: new Map() };
    return faulty(`it cannot be read (${errorCode(cause)})`);
  }
  try {
    // Of the file that was opened: another may have its name by now.
    const stat = fstatSync(handle);
    if (!stat.isFile()) return faulty("it is not a file");
    if (stat.uid !== ownerUid)
      return faulty(
        `it belongs to user ${stat.uid}, not to the agent's: chown ${ownerUid} ${file}`,
      );
    if ((stat.mode & 0o077) !== 0) return faulty(`other users may use it: chmod 0600 ${file}`);
    if (stat.size > engineLimits.secretsBytesMax) return faulty(`${stat.size} bytes are too many`);
    return parseSecrets(readFileSync(handle, "utf8"));
  } finally {
    closeSync(handle);
  }
}

export function parseSecrets(text: string): ParsedSecrets {
  let found: unknown;
  try {
    // At any other level warnings would go to the log, with the line they are about.
    found = parseYaml(text, { maxAliasCount: 0, logLevel: "error" });
  } catch (cause) {
    // The parser's own words may quote the line, and with it a secret.
    const line = cause instanceof YAMLParseError ? cause.linePos?.[0].line : undefined;
    return faulty(`it is not plain YAML${line === undefined ? "" : `: see line ${line}`}`);
  }
  if (found === null || found === undefined) return { kind: "secrets", secrets: new Map() };
  if (typeof found !== "object" || Array.isArray(found))
    return faulty('it must hold secrets, each "name: value"');
  const secrets = new Map<string, Secret>();
  const faults: string[] = [];
  for (const [index, [name, entry]] of Object.entries(found).entries()) {
    // A name that is none may be a value in the wrong place, so it is not repeated.
    if (!namePattern.test(name))
      faults.push(`entry ${index + 1} has a name that no plan can refer to`);
    else if (!Check(Entry, entry)) faults.push(`${name}: ${entryFault}`);
    else {
      const { secret, unknown } = secretOf(entry);
      if (unknown === undefined) secrets.set(name, secret);
      else
        faults.push(
          `${name}: targets/${unknown} is not like "10.0.0.0/8:443" or "api.example.org"`,
        );
    }
  }
  return faults.length > 0 ? { kind: "faulty", faults } : { kind: "secrets", secrets };
}

/** Reads what a plan names, and only then: `target` is where its run connects. */
export function secretsFor(plan: LoadPlan, policyFile: string, target: CheckedTarget): Granted {
  const names = secretsIn(plan);
  if (names.length === 0) return { kind: "granted", values: {} };
  const held = readSecrets(secretsFileOf(policyFile), ownUid());
  if (held.kind === "faulty")
    return refused(`this host's secrets.yaml has faults: ${held.faults.join("; ")}`);
  const place = seen(target.address, { ...target, own: ownAddresses() });
  if (place === undefined) return refused(`${target.address} is not an address`);
  return grantSecrets(held.secrets, names, place);
}

/** `target`: where the run connects, as rules see it; the values only of what it names. */
export function grantSecrets(secrets: Secrets, names: readonly string[], target: Seen): Granted {
  const values: Record<string, string> = {};
  for (const name of names) {
    const secret = secrets.get(name);
    if (secret === undefined) return refused(`secret ${name} is not in this host's secrets.yaml`);
    if (secret.targets?.some((rule) => admits(rule, target)) === false)
      return refused(
        `secret ${name} is not for ${target.host} port ${target.port}: see its targets in this host's secrets.yaml`,
      );
    values[name] = secret.value;
  }
  return { kind: "granted", values };
}

const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const entryFault =
  'it must be text (in quotes when it looks like a number), or { value: "…", targets: ["host:port"] }';

function secretOf(entry: Entry): { readonly secret: Secret; readonly unknown: number | undefined } {
  if (typeof entry === "string")
    return { secret: { value: entry, targets: undefined }, unknown: undefined };
  const rules = entry.targets?.map(ruleOf);
  const unknown = rules?.indexOf(undefined) ?? -1;
  return {
    secret: { value: entry.value, targets: rules?.filter((rule) => rule !== undefined) },
    unknown: unknown < 0 ? undefined : unknown,
  };
}

function faulty(fault: string): ParsedSecrets {
  return { kind: "faulty", faults: [fault] };
}

function refused(reason: string): Granted {
  return { kind: "refused", reason };
}
