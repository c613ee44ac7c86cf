// The JSON messages between agent and hub besides the columnar batch: beats, events, tasks and their replies.
import { Type, type Static } from "typebox";
import { IdSchema } from "./ids.ts";
import { LoadPlan } from "./load/plan.ts";
import { TriedExchange } from "./load/tried.ts";
import { jsonParser } from "./parse.ts";

const strict = { additionalProperties: false } as const;
const text = (maxLength: number) => Type.String({ maxLength });
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const positive = Type.Number({ minimum: 0 });
/** Unix milliseconds. */
const timeMs = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });

/** What one lane's outbox holds: the hub compares `nextSeq` with what it has and asks for what is missing. */
export const LaneState = Type.Object(
  {
    /** Oldest record still on disk, and the next to be assigned; equal when nothing is held. */
    firstSeq: count,
    nextSeq: count,
    bytes: count,
    /** Records dropped because the ring was full or too old, ever, on this agent. */
    dropped: count,
  },
  strict,
);
export type LaneState = Static<typeof LaneState>;

/** Every 5 s on core NATS; the hub answers on the reply subject with its own clock. */
export const Beat = Type.Object(
  {
    boot: IdSchema,
    version: text(64),
    sentAtMs: timeMs,
    startedAtMs: timeMs,
    intervalSeconds: Type.Integer({ minimum: 1, maximum: 3_600 }),
    lanes: Type.Object({ metrics: LaneState, events: LaneState, results: LaneState }, strict),
    /** Hub clock minus agent clock by the last answered beat, ms; null before the first. */
    clockOffsetMs: Type.Union([Type.Number(), Type.Null()]),
    roundTripMs: Type.Union([positive, Type.Null()]),
    activeRuns: Type.Array(IdSchema, { maxItems: 64 }),
    /** Whether the local policy lets any load test run, and the first 16 hex digits of the policy's SHA-256. */
    load: Type.Object({ allowed: Type.Boolean(), policy: text(16) }, strict),
  },
  strict,
);
export type Beat = Static<typeof Beat>;

export const BeatReply = Type.Object({ receivedAtMs: timeMs }, strict);
export type BeatReply = Static<typeof BeatReply>;

const Disk = Type.Object(
  { device: text(64), model: text(128), type: text(32), bytes: count },
  strict,
);
const Interface = Type.Object(
  {
    name: text(64),
    type: text(32),
    speedMbit: Type.Union([positive, Type.Null()]),
    mac: text(32),
    addresses: Type.Array(text(64), { maxItems: 32 }),
    /** Of the addresses, in their order; null where it is not known. Older agents do not tell. */
    prefixLengths: Type.Optional(
      Type.Array(Type.Union([Type.Integer({ minimum: 0, maximum: 128 }), Type.Null()]), {
        maxItems: 32,
      }),
    ),
    virtual: Type.Boolean(),
  },
  strict,
);

/** What a host is made of; from systeminformation, at start and once a day. */
export const Inventory = Type.Object(
  {
    hostname: text(256),
    os: Type.Object(
      {
        platform: text(64),
        distro: text(128),
        release: text(64),
        kernel: text(128),
        arch: text(32),
      },
      strict,
    ),
    cpu: Type.Object(
      {
        vendor: text(64),
        model: text(128),
        logicalCores: count,
        physicalCores: count,
        sockets: count,
        speedGhz: positive,
      },
      strict,
    ),
    memoryBytes: count,
    swapBytes: count,
    virtualisation: Type.Union([text(64), Type.Null()]),
    system: Type.Object({ manufacturer: text(128), model: text(128) }, strict),
    disks: Type.Array(Disk, { maxItems: 256 }),
    interfaces: Type.Array(Interface, { maxItems: 256 }),
    nodeVersion: text(32),
    agentVersion: text(64),
  },
  strict,
);
export type Inventory = Static<typeof Inventory>;

/** One of the top processes over the last interval. */
export const ProcessRow = Type.Object(
  {
    pid: count,
    name: text(64),
    user: text(64),
    /** CPU used, as a fraction of one core: 1 = one core busy. */
    cpu: positive,
    residentBytes: count,
    threads: count,
    ageSeconds: positive,
  },
  strict,
);
export type ProcessRow = Static<typeof ProcessRow>;

export const noticeCodes = [
  "agent-started",
  "agent-stopped",
  "clock-stepped",
  "outbox-dropped",
  "outbox-disk-failed",
  "collector-failed",
  "collector-recovered",
  "config-reloaded",
  "config-rejected",
  "task-refused",
  "load-stopped",
  "series-limit",
] as const;
export const NoticeCode = Type.Enum(noticeCodes);
export type NoticeCode = (typeof noticeCodes)[number];

/** Something an operator may want to know, from the agent's life. `detail` never holds a secret. */
export const AgentEvent = Type.Union([
  Type.Object({ kind: Type.Literal("inventory"), atMs: timeMs, inventory: Inventory }, strict),
  Type.Object(
    {
      kind: Type.Literal("processes"),
      atMs: timeMs,
      byCpu: Type.Array(ProcessRow, { maxItems: 50 }),
      byMemory: Type.Array(ProcessRow, { maxItems: 50 }),
    },
    strict,
  ),
  Type.Object(
    { kind: Type.Literal("notice"), atMs: timeMs, code: NoticeCode, detail: text(512) },
    strict,
  ),
]);
export type AgentEvent = Static<typeof AgentEvent>;

/** What the hub may ask an agent. Every task is signed; the agent's own policy still decides. */
export const Task = Type.Union([
  Type.Object(
    {
      kind: Type.Literal("run"),
      run: IdSchema,
      plan: LoadPlan,
      /** When the agent begins, by its own clock; at once without it. A time that has passed is refused. */
      startAtMs: Type.Optional(timeMs),
    },
    strict,
  ),
  /** One request of a plan, answered with the whole exchange. */
  Type.Object({ kind: Type.Literal("try"), plan: LoadPlan }, strict),
  /** Asks for the agent's clock. */
  Type.Object({ kind: Type.Literal("clock") }, strict),
  Type.Object({ kind: Type.Literal("cancel"), run: IdSchema }, strict),
  /** Keeps a run alive for this long from its arrival; without renewal the agent stops by itself. */
  Type.Object(
    {
      kind: Type.Literal("lease"),
      run: IdSchema,
      ttlMs: Type.Integer({ minimum: 1_000, maximum: 60_000 }),
    },
    strict,
  ),
  /** Send metrics records again, first and last inclusive. */
  Type.Object(
    { kind: Type.Literal("replay"), boot: IdSchema, firstSeq: count, lastSeq: count },
    strict,
  ),
  /** Send the series table with this hash, 16 hex digits, again. */
  Type.Object(
    { kind: Type.Literal("series"), hash: Type.String({ pattern: "^[0-9a-f]{16}$" }) },
    strict,
  ),
  /** Replace the JWT in the credentials file. */
  Type.Object({ kind: Type.Literal("renew"), jwt: text(16_384) }, strict),
]);
export type Task = Static<typeof Task>;
export type TaskKind = Task["kind"];

/** The signed content of a task message. */
export const SignedTask = Type.Object(
  {
    agent: IdSchema,
    /** Unique per task; the agent remembers it until `expiresMs` and refuses a second use. */
    nonce: Type.String({ minLength: 16, maxLength: 64, pattern: "^[A-Za-z0-9_-]+$" }),
    notBeforeMs: timeMs,
    expiresMs: timeMs,
    task: Task,
  },
  strict,
);
export type SignedTask = Static<typeof SignedTask>;

/** On the wire: the exact bytes that were signed (UTF-8 JSON of a SignedTask) and the ed25519 signature, both base64. */
export const TaskEnvelope = Type.Object(
  { payload: Type.String({ maxLength: 1_400_000 }), signature: Type.String({ maxLength: 128 }) },
  strict,
);
export type TaskEnvelope = Static<typeof TaskEnvelope>;

export const refusalCodes = [
  "bad-signature",
  "wrong-agent",
  "not-yet-valid",
  "expired",
  "replayed",
  "malformed",
  "policy",
  "busy",
  "unknown-run",
  "unsupported",
  "too-late",
  "failed",
] as const;

/** The agent's answer on `replySubject`. */
export const TaskReply = Type.Union([
  Type.Object(
    {
      ok: Type.Literal(true),
      /** To `clock`: the agent's Unix ms when it answered. */
      clockMs: Type.Optional(timeMs),
      /** To `try`. */
      exchange: Type.Optional(TriedExchange),
    },
    strict,
  ),
  Type.Object(
    {
      ok: Type.Literal(false),
      code: Type.Enum(refusalCodes),
      reason: text(512),
    },
    strict,
  ),
]);
export type TaskReply = Static<typeof TaskReply>;
export type RefusalCode = (typeof refusalCodes)[number];

export const parseBeat = jsonParser(Beat, "beat");
export const parseBeatReply = jsonParser(BeatReply, "beat reply");
export const parseInventory = jsonParser(Inventory, "inventory");
export const parseEvent = jsonParser(AgentEvent, "event");
export const parseTaskEnvelope = jsonParser(TaskEnvelope, "task envelope");
export const parseSignedTask = jsonParser(SignedTask, "task");
export const parseTaskReply = jsonParser(TaskReply, "task reply");

/** JSON in UTF-8. */
export function encodeJson(
  message: Beat | BeatReply | AgentEvent | SignedTask | TaskEnvelope | TaskReply,
): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}
