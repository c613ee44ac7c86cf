// What the receiver may be told: flags, or the environment; a flag wins. Every fault is reported at once, with the name under which it
// was given. It shares nothing with the hub's configuration: the two are run by different people.
import { readFileSync } from "node:fs";
import { BlockList, isIPv6 } from "node:net";
import { type Static, type TSchema, Type } from "typebox";
import { ConfigInvalid } from "../errors.ts";
import { checker } from "../schema-check.ts";
import { type SettingKind, settingOf } from "../setting-text.ts";
import type { DatabaseOptions } from "../store/database.ts";

interface Setting<S extends TSchema = TSchema, Fallback = unknown> {
  readonly env: string;
  readonly kind: SettingKind;
  readonly schema: S;
  readonly fallback: Fallback;
  readonly help: string;
}

const path = Type.String({ minLength: 1, maxLength: 4_096 });
const whole = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });

const text = <S extends TSchema, F>(env: string, schema: S, fallback: F, help: string) =>
  ({ env, kind: "text", schema, fallback, help }) as const satisfies Setting<S, F>;
const number = <S extends TSchema, F>(env: string, schema: S, fallback: F, help: string) =>
  ({ env, kind: "number", schema, fallback, help }) as const satisfies Setting<S, F>;
const list = <S extends TSchema>(env: string, item: S, help: string) =>
  ({
    env,
    kind: "list",
    schema: Type.Array(item, { maxItems: 64 }),
    fallback: [],
    help,
  }) as const satisfies Setting;

export const receiveSettings = {
  "data-dir": text(
    "TIDEMARK_RECEIVE_DATA_DIR",
    path,
    "/var/lib/tidemark-receiver",
    "directory of everything kept; its owner may import",
  ),
  host: text(
    "TIDEMARK_RECEIVE_HOST",
    Type.String({ pattern: "^[A-Za-z0-9.:_-]+$", minLength: 1, maxLength: 253 }),
    "127.0.0.1",
    "address to serve on",
  ),
  port: number("TIDEMARK_RECEIVE_PORT", whole(0, 65_535), 8_479, "port; 0 takes a free one"),
  "tls-certificate-file": text(
    "TIDEMARK_RECEIVE_TLS_CERTIFICATE_FILE",
    path,
    undefined,
    "PEM certificate chain; with it the receiver serves HTTPS; read again at SIGHUP",
  ),
  "tls-key-file": text("TIDEMARK_RECEIVE_TLS_KEY_FILE", path, undefined, "PEM private key"),
  "trusted-proxies": list(
    "TIDEMARK_RECEIVE_TRUSTED_PROXIES",
    Type.String({ pattern: "^[0-9A-Fa-f.:]+(/\\d{1,3})?$", maxLength: 64 }),
    "addresses or CIDRs of proxies whose X-Forwarded-For is believed, separated by commas",
  ),
  catalogues: list(
    "TIDEMARK_RECEIVE_CATALOGUES",
    path,
    "files of further catalogues that are taken, separated by commas; this program's own always is",
  ),
  "rate-per-minute": number(
    "TIDEMARK_RECEIVE_RATE_PER_MINUTE",
    whole(1, 100_000_000),
    60,
    "requests of one address; as many may come at once",
  ),
  "connections-max": number(
    "TIDEMARK_RECEIVE_CONNECTIONS_MAX",
    whole(10, 60_000),
    4_000,
    "connections at a time",
  ),
  "keys-max": number(
    "TIDEMARK_RECEIVE_KEYS_MAX",
    whole(1_000, 100_000_000),
    1_000_000,
    "reports of open periods and of the last 35 days; each takes 40 to 80 B of memory, all at the start",
  ),
  "clickhouse-url": text(
    "TIDEMARK_RECEIVE_CLICKHOUSE_URL",
    Type.String({ pattern: "^https?://[^\\s/]+(/\\S*)?$", maxLength: 2_048 }),
    undefined,
    "a ClickHouse server instead of the embedded one",
  ),
  "clickhouse-user": text(
    "TIDEMARK_RECEIVE_CLICKHOUSE_USER",
    Type.String({ minLength: 1, maxLength: 128 }),
    "default",
    "user on the ClickHouse server",
  ),
  "clickhouse-password-file": text(
    "TIDEMARK_RECEIVE_CLICKHOUSE_PASSWORD_FILE",
    path,
    undefined,
    "file that holds the password on the ClickHouse server",
  ),
  "clickhouse-database": text(
    "TIDEMARK_RECEIVE_CLICKHOUSE_DATABASE",
    Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]*$", maxLength: 64 }),
    "tidemark_receiver",
    "database on the ClickHouse server",
  ),
  "log-level": text(
    "TIDEMARK_RECEIVE_LOG_LEVEL",
    Type.Enum(["error", "warn", "info", "debug"]),
    "info",
    "error, warn, info or debug",
  ),
} as const;

type SettingName = keyof typeof receiveSettings;
type Values = {
  readonly [Name in SettingName]:
    | (typeof receiveSettings)[Name]["fallback"]
    | Static<(typeof receiveSettings)[Name]["schema"]>;
};
const names = Object.keys(receiveSettings) as readonly SettingName[];

export interface ReceiveConfig {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  readonly trustedProxies: BlockList;
  readonly catalogueFiles: readonly string[];
  readonly ratePerMinute: number;
  readonly connectionsMax: number;
  readonly keysMax: number;
  readonly database: DatabaseOptions;
  readonly logLevel: Values["log-level"];
}

/** `flags` as typed: setting → text. Throws ConfigInvalid with every fault. */
export function receiveConfig(
  flags: Readonly<Partial<Record<string, string>>>,
  env: Readonly<Record<string, string | undefined>>,
): ReceiveConfig {
  const problems: string[] = [];
  const read = (name: SettingName): unknown => {
    const setting = receiveSettings[name];
    const flag = flags[name];
    const given = flag ?? env[setting.env];
    if (given === undefined || given === "") return setting.fallback;
    const value = settingOf(setting.kind, given);
    const fault = checker(setting.schema)(value);
    if (fault !== undefined)
      problems.push(`${flag === undefined ? setting.env : `--${name}`}: ${fault.message}`);
    return value;
  };
  const values = Object.fromEntries(names.map((name) => [name, read(name)]));
  const config = problems.length === 0 ? shape(values as Values, problems) : undefined;
  if (config === undefined || problems.length > 0) throw new ConfigInvalid(problems);
  return Object.freeze(config);
}

function shape(values: Values, problems: string[]): ReceiveConfig {
  const certificateFile = values["tls-certificate-file"];
  const keyFile = values["tls-key-file"];
  if ((certificateFile === undefined) !== (keyFile === undefined))
    problems.push("--tls-certificate-file and --tls-key-file: one is useless without the other");
  const dataDir = values["data-dir"];
  const url = values["clickhouse-url"];
  const passwordFile = values["clickhouse-password-file"];
  return {
    dataDir,
    host: values.host,
    port: values.port,
    tls:
      certificateFile === undefined || keyFile === undefined
        ? undefined
        : { certificateFile, keyFile },
    trustedProxies: listed(values["trusted-proxies"], problems),
    catalogueFiles: values.catalogues,
    ratePerMinute: values["rate-per-minute"],
    connectionsMax: values["connections-max"],
    keysMax: values["keys-max"],
    database:
      url === undefined
        ? { path: `${dataDir}/clickhouse` }
        : {
            url,
            user: values["clickhouse-user"],
            password: passwordFile === undefined ? "" : passwordIn(passwordFile, problems),
            database: values["clickhouse-database"],
          },
    logLevel: values["log-level"],
  };
}

function passwordIn(file: string, problems: string[]): string {
  try {
    return readFileSync(file, "utf8").trimEnd();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "cannot be read";
    problems.push(`--clickhouse-password-file: ${why}`);
    return "";
  }
}

function listed(proxies: readonly string[], problems: string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = "", bits] = proxy.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    try {
      if (bits === undefined) list.addAddress(address, family);
      else list.addSubnet(address, Number(bits), family);
    } catch {
      problems.push(`--trusted-proxies: ${proxy} is no address and no CIDR`);
    }
  }
  return list;
}
