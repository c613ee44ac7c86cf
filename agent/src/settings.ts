// Every setting of the agent, once: its schema, its default, what it is. Names in the file, variables and flags follow from the
// key: `outbox.bytesMax` is TIDEMARK_AGENT_OUTBOX_BYTES_MAX and --outbox-bytes-max.
import { wireLimits } from "@tidemark/proto";
import { type Static, type TSchema, Type } from "typebox";
import { collectors } from "./collectors/index.ts";
import { defaultCollectorOptions } from "./collectors/collector.ts";

interface Setting {
  readonly schema: TSchema;
  /** `undefined`: not set, which `absent` explains. */
  readonly fallback: unknown;
  readonly help: string;
}

const path = Type.String({ minLength: 1, maxLength: 4_096 });
const pattern = Type.String({ maxLength: 4_096, format: "regex" });
const whole = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });
const collectorNames = collectors.map((collector) => collector.name);

export const settings = {
  dataDir: {
    schema: path,
    fallback: "/var/lib/tidemark-agent",
    help: "where the identity, the outbox and the policy are kept",
  },
  intervalSeconds: {
    schema: whole(1, wireLimits.stepSecondsMax),
    fallback: 1,
    help: "seconds from sample to sample",
  },
  batchTicks: {
    schema: whole(1, wireLimits.ticksMax),
    fallback: 15,
    help: "samples in one message; 1 for live charts, more for fewer bytes",
  },
  collectors: {
    schema: Type.Array(Type.Enum(collectorNames), { minItems: 1, uniqueItems: true }),
    fallback: collectorNames,
    help: "which collectors run (tidemark-agent list names them)",
  },
  procRoot: { schema: path, fallback: "/proc", help: "where the host's /proc is mounted" },
  sysRoot: { schema: path, fallback: "/sys", help: "where the host's /sys is mounted" },
  hostRoot: { schema: path, fallback: "/", help: "where the host's / is mounted" },
  topProcesses: { schema: whole(0, 50), fallback: 10, help: "rows in each list of top processes" },
  cgroupsMax: {
    schema: whole(0, 1_000),
    fallback: defaultCollectorOptions.cgroupsMax,
    help: "services and containers followed at most",
  },
  "ignored.disks": {
    schema: pattern,
    fallback: defaultCollectorOptions.ignoredDisks.source,
    help: "regular expression of block devices not followed",
  },
  "ignored.interfaces": {
    schema: pattern,
    fallback: defaultCollectorOptions.ignoredInterfaces.source,
    help: "regular expression of network interfaces not followed",
  },
  "ignored.filesystems": {
    schema: pattern,
    fallback: defaultCollectorOptions.ignoredFilesystems.source,
    help: "regular expression of filesystem types not followed",
  },
  "ignored.mounts": {
    schema: pattern,
    fallback: defaultCollectorOptions.ignoredMounts.source,
    help: "regular expression of mount points not followed",
  },
  "outbox.bytesMax": {
    schema: whole(1_048_576, 68_719_476_736),
    fallback: 67_108_864,
    help: "bytes of metrics kept on disk for the hub; results may use half as much, events an eighth",
  },
  "outbox.ageSecondsMax": {
    schema: whole(60, wireLimits.pastSecondsMax),
    fallback: 86_400,
    help: "seconds after which unsent records are dropped",
  },
  "prometheus.listen": {
    schema: Type.String({ pattern: "^(?:\\[[0-9a-fA-F:.]+\\]|[^:\\s]+):[0-9]{1,5}$" }),
    fallback: undefined,
    help: "host:port of a local Prometheus endpoint; off unless set",
  },
  policyFile: {
    schema: path,
    fallback: undefined,
    help: "what load tests may do here; policy.yaml in the data directory unless set",
  },
  logLevel: {
    schema: Type.Enum(["error", "warn", "info", "debug"]),
    fallback: "info",
    help: "error, warn, info or debug",
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;
export type Settings = { [Name in SettingName]: Static<(typeof settings)[Name]["schema"]> };

export const settingNames = Object.keys(settings).filter((name): name is SettingName =>
  Object.hasOwn(settings, name),
);

const words = (name: SettingName) => name.replace(/[A-Z]/g, (letter) => `.${letter}`).split(".");

export const flagOf = (name: SettingName) => `--${words(name).join("-").toLowerCase()}`;
export const variableOf = (name: SettingName) =>
  `TIDEMARK_AGENT_${words(name).join("_").toUpperCase()}`;
