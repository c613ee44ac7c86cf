// The agent's configuration: a YAML file, then the environment, then flags; the later wins. Every fault is reported at once under
// the name by which it was given.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentConfig } from "./agent-config.ts";
import { ConfigRejected } from "./errors.ts";
import {
  type SettingName,
  type Settings,
  flagOf,
  settingNames,
  settings,
  variableOf,
} from "./settings.ts";
import { Check, Errors } from "typebox/value";
import { parse as parseYaml } from "yaml";

export interface ConfigSources {
  /** Flags as typed. */
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
  /** --config; without it TIDEMARK_AGENT_CONFIG or, if it is there, `defaultFile`. */
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const defaultFile = "/etc/tidemark/agent.yaml";

/** Variables with the prefix that are no settings. */
const otherVariables = new Set(["TIDEMARK_AGENT_CONFIG", "TIDEMARK_AGENT_TOKEN"]);

/** The frozen configuration; throws ConfigRejected with every fault found. */
export function loadConfig(sources: ConfigSources): AgentConfig {
  const faults: string[] = [];
  const file = fileOf(sources);
  const inFile = file === undefined ? new Map<string, unknown>() : readFile(file, faults);
  for (const key of inFile.keys())
    if (!Object.hasOwn(settings, key)) faults.push(`${key} in ${file}: is not a setting`);
  const variables = new Set(settingNames.map(variableOf));
  for (const name of Object.keys(sources.env))
    if (name.startsWith("TIDEMARK_AGENT_") && !variables.has(name) && !otherVariables.has(name))
      faults.push(`${name}: is not a variable of the agent`);
  const values: Record<string, unknown> = {};
  for (const name of settingNames) {
    const given = find(name, sources, inFile, file);
    values[name] = given === undefined ? settings[name].fallback : given.value;
    if (given !== undefined) faults.push(...faultsOf(name, given.value, given.source));
  }
  if (faults.length > 0) throw new ConfigRejected(faults);
  // Checked above, setting by setting.
  return shape(values as Settings);
}

function shape(
  values: Settings & { policyFile?: string; "prometheus.listen"?: string },
): AgentConfig {
  return Object.freeze({
    dataDir: values.dataDir,
    intervalSeconds: values.intervalSeconds,
    batchTicks: values.batchTicks,
    collectors: Object.freeze([...values.collectors]),
    procRoot: values.procRoot,
    sysRoot: values.sysRoot,
    hostRoot: values.hostRoot,
    topProcesses: values.topProcesses,
    cgroupsMax: values.cgroupsMax,
    ignored: Object.freeze({
      disks: values["ignored.disks"],
      interfaces: values["ignored.interfaces"],
      filesystems: values["ignored.filesystems"],
      mounts: values["ignored.mounts"],
    }),
    outbox: Object.freeze({
      bytesMax: values["outbox.bytesMax"],
      ageSecondsMax: values["outbox.ageSecondsMax"],
    }),
    prometheus: listenOf(values["prometheus.listen"]),
    policyFile: values.policyFile ?? policyFileIn(values.dataDir),
    logLevel: values.logLevel,
  });
}

function listenOf(listen: string | undefined): AgentConfig["prometheus"] {
  if (listen === undefined) return undefined;
  const at = listen.lastIndexOf(":");
  const host = listen.slice(0, at).replace(/^\[|\]$/g, "");
  return Object.freeze({ host, port: Number(listen.slice(at + 1)) });
}

function fileOf(sources: ConfigSources): string | undefined {
  const named = sources.file ?? sources.env["TIDEMARK_AGENT_CONFIG"];
  if (named !== undefined && named !== "") return named;
  return existsSync(defaultFile) ? defaultFile : undefined;
}

/** Where the agent keeps its files, as far as it can be told, whatever else is wrong with the configuration. */
export function pathsOf(sources: ConfigSources): Pick<AgentConfig, "dataDir" | "policyFile"> {
  const file = fileOf(sources);
  const inFile = file === undefined ? new Map<string, unknown>() : readFile(file, []);
  const given = (name: "dataDir" | "policyFile") => {
    const value = find(name, sources, inFile, file)?.value;
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const dataDir = given("dataDir") ?? settings.dataDir.fallback;
  return { dataDir, policyFile: given("policyFile") ?? policyFileIn(dataDir) };
}

const policyFileIn = (dataDir: string) => join(dataDir, "policy.yaml");

interface Given {
  readonly value: unknown;
  /** How the operator knows it. */
  readonly source: string;
}

function find(
  name: SettingName,
  sources: ConfigSources,
  inFile: ReadonlyMap<string, unknown>,
  file: string | undefined,
): Given | undefined {
  const flag = sources.flags[name];
  if (flag !== undefined) return { value: fromText(name, flag), source: flagOf(name) };
  const variable = sources.env[variableOf(name)];
  if (variable !== undefined && variable !== "")
    return { value: fromText(name, variable), source: variableOf(name) };
  if (!inFile.has(name)) return undefined;
  return { value: inFile.get(name), source: `${name} in ${file}` };
}

/** Text from a flag or a variable: numbers where the schema wants them, lists separated by commas. */
function fromText(name: SettingName, text: string): unknown {
  const { schema } = settings[name];
  const type = "type" in schema ? schema.type : "string";
  if (type === "integer") return /^-?\d+$/.test(text.trim()) ? Number(text) : text;
  if (type === "array") return text.split(",").map((item) => item.trim());
  return text;
}

function faultsOf(name: SettingName, value: unknown, source: string): string[] {
  const { schema } = settings[name];
  if (Check(schema, value)) return portFaults(name, value, source);
  const said = new Set<string>();
  for (const { instancePath, message, keyword, params } of Errors(schema, value)) {
    const expected =
      keyword === "enum" ? `must be one of ${params.allowedValues.join(", ")}` : message;
    const index = /^\/(\d+)/.exec(instancePath)?.[1];
    const item = index === undefined || !Array.isArray(value) ? value : value[Number(index)];
    said.add(`${source}: ${expected}, is ${excerpt(item)}`);
  }
  return [...said];
}

function portFaults(name: SettingName, value: unknown, source: string): string[] {
  if (name !== "prometheus.listen" || typeof value !== "string") return [];
  const port = Number(value.slice(value.lastIndexOf(":") + 1));
  return port <= 65_535 ? [] : [`${source}: must end in a port up to 65535, is ${excerpt(value)}`];
}

const excerpt = (value: unknown) => (JSON.stringify(value) ?? "nothing").slice(0, 100);

/** `outbox: { bytesMax: 1 }` and `outbox.bytesMax: 1` alike become `outbox.bytesMax` → 1. */
function readFile(file: string, faults: string[]): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  const visit = (value: unknown, prefix: string) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value))
        visit(inner, prefix === "" ? key : `${prefix}.${key}`);
    else if (prefix !== "") flat.set(prefix, value);
    else if (value !== null) faults.push(`${file}: must hold settings, one "name: value" a line`);
  };
  try {
    visit(parseYaml(readFileSync(file, "utf8"), { maxAliasCount: 0 }), "");
  } catch (cause) {
    const [line] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    faults.push(`${file}: cannot be read: ${line}`);
  }
  return flat;
}
