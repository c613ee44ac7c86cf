// What the hub may be told, and where: a YAML file, then the environment, then flags; the later wins. Every fault is
// reported at once with the name under which it was given. This is the only file of the hub's program that reads process.env.
import { readFileSync } from "node:fs";
import type { SharingLock } from "@tidemark/proto";
import { parse as parseYaml } from "yaml";
import { ConfigInvalid } from "./errors.ts";
import { checker } from "./schema-check.ts";
import { settingOf } from "./setting-text.ts";
import { type SettingName, type Settings, settingNames, settings } from "./settings.ts";
import type { SharingSettings } from "./sharing/settings.ts";
import type { Retention } from "./store/retention.ts";

export interface HubConfig {
  readonly dataDir: string;
  readonly logLevel: Settings["log.level"];
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Where browsers and agents find the hub; by default its own address. */
    readonly publicUrl: string | undefined;
    /** Further names that the Host header may hold on a loopback bind. */
    readonly hosts: readonly string[];
    /** Proxies whose X-Forwarded-For and -Proto are believed. */
    readonly trustedProxies: readonly string[];
    readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
    /** Directory of the built UI; by default ui/dist beside the hub. */
    readonly uiDir: string | undefined;
  };
  readonly nats: {
    readonly host: string;
    readonly port: number;
    readonly external:
      | {
          readonly url: string;
          readonly credentialsFile: string;
          /** To enrol and to revoke agents; without them only a broker administrator can. */
          readonly signingKeyFile: string | undefined;
          readonly systemCredentialsFile: string | undefined;
          readonly operatorKeyFile: string | undefined;
        }
      | undefined;
    /** What agents are told to connect to. */
    readonly advertise: readonly string[];
  };
  readonly clickhouse:
    | {
        readonly url: string;
        readonly user: string;
        readonly password: string;
        readonly database: string;
      }
    | undefined;
  /** Days, by table. */
  readonly retention: Retention;
  /** With the maintainers, and only what is agreed to. */
  readonly sharing: SharingSettings;
  readonly admin: { readonly user: string; readonly password: string | undefined };
}

export interface ConfigSources {
  /** Flags as typed: setting name → text. */
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
  /** The file named by --config; without it TIDEMARK_CONFIG names it. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The environment of this process, for `loadConfig` and the CLI. */
export const processEnv: Readonly<Record<string, string | undefined>> = process.env;

/** The configuration, frozen; throws ConfigInvalid with every fault found. */
export function loadConfig(sources: ConfigSources): HubConfig {
  const problems: string[] = [];
  const path = sources.file ?? sources.env["TIDEMARK_CONFIG"];
  const file = path === undefined ? new Map<string, unknown>() : readFile(path, problems);
  for (const key of file.keys())
    if (!isSettingName(key)) problems.push(`${key} in ${path}: is not a setting of the hub`);
  const values: Record<string, unknown> = {};
  for (const name of settingNames) values[name] = readSetting(name, sources, file, path, problems);
  for (const name of Object.keys(sources.env))
    if (isMistypedVariable(name)) problems.push(`${name}: is not a variable of the hub`);
  problems.push(...contradictions(values as Settings));
  if (problems.length > 0) throw new ConfigInvalid(problems);
  return deepFreeze(shape(values as Settings, sources.env));
}

/** Variables that belong to the CLI, the demo or the tests, not to the hub's configuration. */
const otherVariables = ["TIDEMARK_CONFIG", "TIDEMARK_URL", "TIDEMARK_TOKEN", "TIDEMARK_LOG"];
const otherPrefixes = [
  "TIDEMARK_AGENT_",
  "TIDEMARK_TEST_",
  "TIDEMARK_DEMO_",
  "TIDEMARK_BENCH_",
  "TIDEMARK_RECEIVE_",
];

function isMistypedVariable(name: string): boolean {
  if (!name.startsWith("TIDEMARK_") || otherVariables.includes(name)) return false;
  if (otherPrefixes.some((prefix) => name.startsWith(prefix))) return false;
  return !settingNames.some((setting) => {
    const { env, secret } = settings[setting];
    return name === env || (secret && name === `${env}_FILE`);
  });
}

const isSettingName = (key: string): key is SettingName => Object.hasOwn(settings, key);

function readFile(path: string, problems: string[]): Map<string, unknown> {
  try {
    const content: unknown = parseYaml(readFileSync(path, "utf8"));
    return flatten(content ?? {}, path, problems);
  } catch (cause) {
    problems.push(`${path}: cannot be read: ${cause instanceof Error ? cause.message : "unknown"}`);
    return new Map();
  }
}

/** `http: { port: 1 }` and `http.port: 1` alike become `http.port` → 1. */
function flatten(content: unknown, path: string, problems: string[]): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  const visit = (value: unknown, prefix: string) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value))
        visit(inner, prefix === "" ? key : `${prefix}.${key}`);
    else if (prefix === "") problems.push(`${path}: must hold settings, one "key: value" a line`);
    else flat.set(prefix, value);
  };
  visit(content, "");
  return flat;
}

const checks = new Map(settingNames.map((name) => [name, checker(settings[name].schema)]));

function readSetting(
  name: SettingName,
  sources: ConfigSources,
  file: ReadonlyMap<string, unknown>,
  path: string | undefined,
  problems: string[],
): unknown {
  const { env, fallback, secret } = settings[name];
  const check = (value: unknown, source: string) => {
    const fault = checks.get(name)?.(value);
    if (fault !== undefined) problems.push(`${source}: ${fault.message}`);
    return value;
  };
  const flag = sources.flags[name];
  if (flag !== undefined) return check(settingOf(settings[name].kind, flag), `--${flagOf(name)}`);
  const variable = sources.env[env];
  if (variable !== undefined && variable !== "")
    return check(settingOf(settings[name].kind, variable), env);
  const secretFile = secret ? sources.env[`${env}_FILE`] : undefined;
  if (secretFile !== undefined) {
    try {
      return check(readFileSync(secretFile, "utf8").trimEnd(), `${env}_FILE`);
    } catch (cause) {
      problems.push(`${env}_FILE: ${cause instanceof Error ? cause.message : "cannot be read"}`);
      return undefined;
    }
  }
  const value = file.get(name);
  if (value !== undefined) return check(value, `${name} in ${path}`);
  return fallback;
}

/** The flag of a setting: `http.publicUrl` → `http-public-url`. */
export function flagOf(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll(".", "-");
}

function contradictions(values: Settings): string[] {
  const problems: string[] = [];
  const together = (first: SettingName, second: SettingName) => {
    if ((values[first] === undefined) !== (values[second] === undefined))
      problems.push(
        `${settings[first].env} and ${settings[second].env}: one is useless without the other`,
      );
  };
  together("http.tls.certificateFile", "http.tls.keyFile");
  together("nats.url", "nats.credentialsFile");
  return problems;
}

function shape(values: Settings, env: ConfigSources["env"]): HubConfig {
  const certificateFile = values["http.tls.certificateFile"];
  const keyFile = values["http.tls.keyFile"];
  const natsUrl = values["nats.url"];
  const credentialsFile = values["nats.credentialsFile"];
  const clickhouseUrl = values["clickhouse.url"];
  return {
    dataDir: values.dataDir,
    logLevel: values["log.level"],
    http: {
      host: values["http.host"],
      port: values["http.port"],
      publicUrl: withoutSlash(values["http.publicUrl"]),
      hosts: values["http.hosts"],
      trustedProxies: values["http.trustedProxies"],
      tls:
        certificateFile === undefined || keyFile === undefined
          ? undefined
          : { certificateFile, keyFile },
      uiDir: values["http.uiDir"],
    },
    nats: {
      host: values["nats.host"],
      port: values["nats.port"],
      external:
        natsUrl === undefined || credentialsFile === undefined
          ? undefined
          : {
              url: natsUrl,
              credentialsFile,
              signingKeyFile: values["nats.signingKeyFile"],
              systemCredentialsFile: values["nats.systemCredentialsFile"],
              operatorKeyFile: values["nats.operatorKeyFile"],
            },
      advertise: values["nats.advertise"],
    },
    clickhouse:
      clickhouseUrl === undefined
        ? undefined
        : {
            url: clickhouseUrl,
            user: values["clickhouse.user"],
            password: values["clickhouse.password"] ?? "",
            database: values["clickhouse.database"],
          },
    retention: {
      samples: values["retention.samples"],
      samples_1m: values["retention.samples_1m"],
      samples_1h: values["retention.samples_1h"],
      processes: values["retention.processes"],
      notices: values["retention.notices"],
      runs: values["retention.runs"],
      run_intervals: values["retention.run_intervals"],
      run_histograms: values["retention.run_histograms"],
      audit: values["retention.audit"],
    },
    sharing: {
      lock: sharingLock(values["sharing.locked"], env),
      receiver: withoutSlash(values["sharing.receiver"]),
      receiverKey: values["sharing.receiverKey"],
      relay: withoutSlash(values["sharing.relay"]),
    },
    admin: { user: values["admin.user"], password: values["admin.password"] },
  };
}

const withoutSlash = (url: string | undefined) => url?.replace(/\/+$/, "");

/**
 * The setting, or else the variable that many programs heed (https://consoledonottrack.com), set to anything but nothing and 0.
 */
function sharingLock(locked: boolean, env: ConfigSources["env"]): SharingLock | null {
  if (locked) return "configuration";
  return ["", "0"].includes(env["DO_NOT_TRACK"] ?? "") ? null : "DO_NOT_TRACK";
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === "object" && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
