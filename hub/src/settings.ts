// Every setting of the hub: its key in the YAML file, its variable, what it may be, what it is without being told, and why
// one would change it. `tidemark hub --help` and the checks of config.ts are made from this table.
import { type Static, type TSchema, Type } from "typebox";
import type { SettingKind } from "./setting-text.ts";
import { receiverKeyFault, receiverUrlFault } from "./sharing/settings.ts";
import { defaultRetention } from "./store/retention.ts";

interface Setting<S extends TSchema = TSchema, Fallback = unknown> {
  readonly env: string;
  readonly kind: SettingKind;
  readonly schema: S;
  readonly fallback: Fallback;
  readonly help: string;
  /** Secrets have no flag (argv is public) and may come from the file that `<env>_FILE` names. */
  readonly secret: boolean;
}

const path = Type.String({ minLength: 1, maxLength: 4_096 });
const host = Type.String({ pattern: "^[A-Za-z0-9.:_-]+$", minLength: 1, maxLength: 253 });
const port = Type.Integer({ minimum: 0, maximum: 65_535 });
const days = Type.Integer({ minimum: 1, maximum: 36_500 });
const httpUrl = Type.String({ pattern: "^https?://[^\\s/]+(/\\S*)?$", maxLength: 2_048 });
const natsUrl = Type.String({ pattern: "^(nats|tls|wss?)://\\S+$", maxLength: 2_048 });
const receiverUrl = faultless(receiverUrlFault, 2_048);
const secretText = Type.String({ minLength: 8, maxLength: 256 });

const text = <S extends TSchema, F>(env: string, schema: S, fallback: F, help: string) =>
  ({ env, kind: "text", schema, fallback, help, secret: false }) as const satisfies Setting<S, F>;
const number = <S extends TSchema, F>(env: string, schema: S, fallback: F, help: string) =>
  ({ env, kind: "number", schema, fallback, help, secret: false }) as const satisfies Setting<S, F>;
const off = (env: string, help: string) =>
  ({
    env,
    kind: "switch",
    schema: Type.Boolean(),
    fallback: false,
    help,
    secret: false,
  }) as const satisfies Setting;
const list = (env: string, item: TSchema, help: string) =>
  ({
    env,
    kind: "list",
    schema: Type.Array(item, { maxItems: 64 }),
    fallback: noItems,
    help,
    secret: false,
  }) as const satisfies Setting;
const secret = (env: string, schema: typeof secretText, help: string) =>
  ({
    env,
    kind: "text",
    schema,
    fallback: undefined,
    help,
    secret: true,
  }) as const satisfies Setting;

const noItems: readonly string[] = [];

/** Text that `faultOf` finds nothing wrong with. */
function faultless(faultOf: (text: string) => string | undefined, maxLength: number) {
  return Type.Refine(
    Type.String({ maxLength }),
    (text) => faultOf(text) === undefined,
    (text) => faultOf(text) ?? "",
  );
}

export const settings = {
  dataDir: text("TIDEMARK_DATA_DIR", path, "/var/lib/tidemark", "directory of everything kept"),
  "log.level": text(
    "TIDEMARK_LOG_LEVEL",
    Type.Union([
      Type.Literal("error"),
      Type.Literal("warn"),
      Type.Literal("info"),
      Type.Literal("debug"),
    ]),
    "info",
    "error, warn, info or debug",
  ),
  "http.host": text("TIDEMARK_HTTP_HOST", host, "127.0.0.1", "address to serve HTTP on"),
  "http.port": number(
    "TIDEMARK_HTTP_PORT",
    port,
    8478,
    "port to serve HTTP on; 0 takes a free one",
  ),
  "http.publicUrl": text(
    "TIDEMARK_HTTP_PUBLIC_URL",
    httpUrl,
    undefined,
    "where browsers and agents find the hub, when that differs from host and port",
  ),
  "http.hosts": list(
    "TIDEMARK_HTTP_HOSTS",
    host,
    "further names the Host header may hold, separated by commas",
  ),
  "http.trustedProxies": list(
    "TIDEMARK_HTTP_TRUSTED_PROXIES",
    Type.String({ pattern: "^[0-9A-Fa-f.:/]+$", maxLength: 64 }),
    "addresses or CIDRs of proxies whose X-Forwarded headers are believed",
  ),
  "http.tls.certificateFile": text(
    "TIDEMARK_HTTP_TLS_CERTIFICATE_FILE",
    path,
    undefined,
    "PEM certificate chain; with it the hub serves HTTPS",
  ),
  "http.tls.keyFile": text("TIDEMARK_HTTP_TLS_KEY_FILE", path, undefined, "PEM private key"),
  "http.uiDir": text("TIDEMARK_HTTP_UI_DIR", path, undefined, "directory of the built UI"),
  "nats.host": text("TIDEMARK_NATS_HOST", host, "127.0.0.1", "address the broker listens on"),
  "nats.port": number("TIDEMARK_NATS_PORT", port, 4478, "port the broker listens on"),
  "nats.url": text(
    "TIDEMARK_NATS_URL",
    natsUrl,
    undefined,
    "an existing NATS instead of the broker the hub starts",
  ),
  "nats.credentialsFile": text(
    "TIDEMARK_NATS_CREDENTIALS",
    path,
    undefined,
    "credentials file for an existing NATS",
  ),
  "nats.signingKeyFile": text(
    "TIDEMARK_NATS_SIGNING_KEY_FILE",
    path,
    undefined,
    "seed of the account's key on an existing NATS, to enrol agents",
  ),
  "nats.systemCredentialsFile": text(
    "TIDEMARK_NATS_SYSTEM_CREDENTIALS",
    path,
    undefined,
    "credentials of the system account on an existing NATS, to revoke agents",
  ),
  "nats.operatorKeyFile": text(
    "TIDEMARK_NATS_OPERATOR_KEY_FILE",
    path,
    undefined,
    "seed of an operator key of an existing NATS, to revoke agents",
  ),
  "nats.advertise": list(
    "TIDEMARK_NATS_ADVERTISE",
    natsUrl,
    "what agents are told to connect to, separated by commas",
  ),
  "clickhouse.url": text(
    "TIDEMARK_CLICKHOUSE_URL",
    httpUrl,
    undefined,
    "a ClickHouse server instead of the embedded one",
  ),
  "clickhouse.user": text(
    "TIDEMARK_CLICKHOUSE_USER",
    Type.String({ minLength: 1, maxLength: 128 }),
    "default",
    "user on the ClickHouse server",
  ),
  "clickhouse.password": secret(
    "TIDEMARK_CLICKHOUSE_PASSWORD",
    Type.String({ maxLength: 256 }),
    "password on the ClickHouse server",
  ),
  "clickhouse.database": text(
    "TIDEMARK_CLICKHOUSE_DATABASE",
    Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]*$", maxLength: 64 }),
    "tidemark",
    "database on the ClickHouse server",
  ),
  "retention.samples": number(
    "TIDEMARK_RETENTION_SAMPLES_DAYS",
    days,
    defaultRetention.samples,
    "days to keep second by second samples",
  ),
  "retention.samples_1m": number(
    "TIDEMARK_RETENTION_SAMPLES_1M_DAYS",
    days,
    defaultRetention.samples_1m,
    "days to keep samples by minute",
  ),
  "retention.samples_1h": number(
    "TIDEMARK_RETENTION_SAMPLES_1H_DAYS",
    days,
    defaultRetention.samples_1h,
    "days to keep samples by hour",
  ),
  "retention.processes": number(
    "TIDEMARK_RETENTION_PROCESSES_DAYS",
    days,
    defaultRetention.processes,
    "days to keep top processes",
  ),
  "retention.notices": number(
    "TIDEMARK_RETENTION_NOTICES_DAYS",
    days,
    defaultRetention.notices,
    "days to keep notices of agents",
  ),
  "retention.runs": number(
    "TIDEMARK_RETENTION_RUNS_DAYS",
    days,
    defaultRetention.runs,
    "days to keep load tests",
  ),
  "retention.run_intervals": number(
    "TIDEMARK_RETENTION_RUN_INTERVALS_DAYS",
    days,
    defaultRetention.run_intervals,
    "days to keep load tests second by second",
  ),
  "retention.run_histograms": number(
    "TIDEMARK_RETENTION_RUN_HISTOGRAMS_DAYS",
    days,
    defaultRetention.run_histograms,
    "days to keep latency histograms of load tests",
  ),
  "retention.audit": number(
    "TIDEMARK_RETENTION_AUDIT_DAYS",
    days,
    defaultRetention.audit,
    "days to keep the audit log",
  ),
  "sharing.locked": off(
    "TIDEMARK_SHARING_LOCKED",
    "nothing is ever shared with the maintainers, whatever is answered in the interface",
  ),
  "sharing.receiver": text(
    "TIDEMARK_SHARING_RECEIVER",
    receiverUrl,
    undefined,
    "where answers to the maintainers' questions are sent, once agreed to; nowhere without it",
  ),
  "sharing.receiverKey": text(
    "TIDEMARK_SHARING_RECEIVER_KEY",
    faultless(receiverKeyFault, 64),
    undefined,
    "public key of the receiver: an answer without a receipt signed by it counts as not received",
  ),
  "sharing.relay": text(
    "TIDEMARK_SHARING_RELAY",
    receiverUrl,
    undefined,
    "a relay of yours that answers are sent to instead, so that the receiver never sees this address",
  ),
  "admin.user": text(
    "TIDEMARK_ADMIN_USER",
    Type.String({ pattern: "^[A-Za-z0-9._@-]+$", minLength: 1, maxLength: 64 }),
    "admin",
    "name of the first user",
  ),
  "admin.password": secret(
    "TIDEMARK_ADMIN_PASSWORD",
    secretText,
    "password of the first user; made and shown once without it",
  ),
} as const;

export type SettingName = keyof typeof settings;
/** Every setting's value, checked. */
export type Settings = {
  readonly [Name in SettingName]:
    | (typeof settings)[Name]["fallback"]
    | (Name extends ListName ? readonly string[] : Static<(typeof settings)[Name]["schema"]>);
};
type ListName = "http.hosts" | "http.trustedProxies" | "nats.advertise";

export const settingNames = Object.keys(settings) as readonly SettingName[];
