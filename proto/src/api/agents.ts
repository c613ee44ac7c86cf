import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { Inventory, LaneState, ProcessRow, noticeCodes } from "../messages.ts";
import { count, nullable, plainText, strict, text, timeMs } from "./common.ts";

/** online: a beat within 3 beat intervals; stale: within 5 minutes; offline: longer ago, or never. */
export const agentStates = ["online", "stale", "offline", "revoked"] as const;
export const AgentState = Type.Enum(agentStates);
export type AgentState = (typeof agentStates)[number];

/** What an operator writes on an agent: `role=rack`, `zone=a`. */
export const AgentLabels = Type.Record(
  Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._/-]*$", maxLength: 64 }),
  plainText(128),
  { maxProperties: 32, additionalProperties: false },
);
export type AgentLabels = Static<typeof AgentLabels>;

const agentName = plainText(128, 1);

export const Agent = Type.Object(
  {
    id: IdSchema,
    name: agentName,
    labels: AgentLabels,
    state: AgentState,
    enrolledAtMs: timeMs,
    lastSeenMs: nullable(timeMs),
    version: nullable(text(64)),
    intervalSeconds: nullable(count),
    clockOffsetMs: nullable(Type.Number()),
    lanes: nullable(
      Type.Object({ metrics: LaneState, events: LaneState, results: LaneState }, strict),
    ),
    activeRuns: Type.Array(IdSchema),
    /** Whether the agent's own policy lets any load test run; null before the first beat. */
    loadAllowed: nullable(Type.Boolean()),
    /** Metric messages the hub knows it lacks and has asked for. */
    missingBatches: count,
  },
  strict,
);
export type Agent = Static<typeof Agent>;

/** GET /api/v1/agents?label=role%3Drack&label=…&state=online&search=…&cursor=…&limit=… ; every label must match. */
export const AgentQuery = Type.Object(
  {
    label: Type.Optional(Type.Array(text(200), { maxItems: 16 })),
    state: Type.Optional(AgentState),
    search: Type.Optional(text(128)),
    cursor: Type.Optional(text(256)),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  strict,
);
export const AgentList = Type.Object(
  { items: Type.Array(Agent), nextCursor: nullable(text(256)), total: count },
  strict,
);
export type AgentList = Static<typeof AgentList>;

/** PATCH /api/v1/agents/:id */
export const AgentPatch = Type.Object(
  { name: Type.Optional(agentName), labels: Type.Optional(AgentLabels) },
  strict,
);
export type AgentPatch = Static<typeof AgentPatch>;

/** GET /api/v1/agents/:id/inventory */
export const InventoryRecord = Type.Object({ atMs: timeMs, inventory: Inventory }, strict);
export type InventoryRecord = Static<typeof InventoryRecord>;

/** GET /api/v1/agents/:id/processes?atMs= : the snapshot at or before `atMs` (now without it). */
export const ProcessSnapshot = Type.Object(
  { atMs: timeMs, byCpu: Type.Array(ProcessRow), byMemory: Type.Array(ProcessRow) },
  strict,
);
export type ProcessSnapshot = Static<typeof ProcessSnapshot>;

/** GET /api/v1/agents/:id/notices */
export const Notice = Type.Object(
  {
    atMs: timeMs,
    code: Type.Enum(noticeCodes),
    detail: text(512),
  },
  strict,
);
export const NoticeList = Type.Object({ items: Type.Array(Notice) }, strict);
export type NoticeList = Static<typeof NoticeList>;

/** POST /api/v1/enrolment-tokens */
export const NewEnrolmentToken = Type.Object(
  {
    labels: Type.Optional(AgentLabels),
    ttlSeconds: Type.Optional(Type.Integer({ minimum: 60, maximum: 86_400 })),
  },
  strict,
);
export type NewEnrolmentToken = Static<typeof NewEnrolmentToken>;
export const EnrolmentToken = Type.Object(
  {
    /** Shown once; the hub keeps its hash. */
    token: text(128),
    expiresAtMs: timeMs,
    /** The command to type on the host; it asks for the token, which is no part of it. */
    command: text(512),
  },
  strict,
);
export type EnrolmentToken = Static<typeof EnrolmentToken>;

/** GET /api/v1/enrolment-tokens: those that still let a host in, newest first; their secrets are not kept. */
export const EnrolmentTokenList = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          /** Names the token for DELETE /api/v1/enrolment-tokens/:id. */
          id: text(64),
          labels: AgentLabels,
          createdBy: text(128),
          createdAtMs: timeMs,
          expiresAtMs: timeMs,
        },
        strict,
      ),
    ),
  },
  strict,
);
export type EnrolmentTokenList = Static<typeof EnrolmentTokenList>;

/** POST /api/v1/enrol, with the token instead of a session. `signature` is the nkey's, base64url, over `tidemark-enrol:<token>`. */
export const EnrolRequest = Type.Object(
  {
    token: Type.String({ minLength: 16, maxLength: 128 }),
    publicKey: Type.String({ pattern: "^U[A-Z2-7]{55}$" }),
    signature: text(128),
    name: agentName,
  },
  strict,
);
export type EnrolRequest = Static<typeof EnrolRequest>;
export const Enrolled = Type.Object(
  {
    agent: IdSchema,
    /** User JWT for the agent's nkey. */
    jwt: text(16_384),
    brokerUrls: Type.Array(text(256), { minItems: 1, maxItems: 16 }),
    /** ed25519 public key that signs tasks: raw 32 bytes, base64. */
    taskKey: text(64),
  },
  strict,
);
export type Enrolled = Static<typeof Enrolled>;

/** GET /api/v1/fleet: one row an agent, columnar, for a table of 1000 rows with sparklines. */
export const Fleet = Type.Object(
  {
    atMs: timeMs,
    /** Unix seconds of each sparkline point, the same for all rows. */
    times: Type.Array(Type.Integer()),
    rows: Type.Array(
      Type.Object(
        {
          agent: Agent,
          /** Fractions 0 … 1; bytes per second for disk and network. Null: nothing within the window. */
          cpu: nullable(Type.Number()),
          memory: nullable(Type.Number()),
          disk: nullable(Type.Number()),
          network: nullable(Type.Number()),
          /** Fullest filesystem, fraction; pressure, the worst of CPU, memory and IO "some", fraction of time. */
          fullest: nullable(Type.Number()),
          pressure: nullable(Type.Number()),
          sparklines: Type.Object(
            {
              cpu: Type.Array(nullable(Type.Number())),
              memory: Type.Array(nullable(Type.Number())),
              disk: Type.Array(nullable(Type.Number())),
              network: Type.Array(nullable(Type.Number())),
            },
            strict,
          ),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type Fleet = Static<typeof Fleet>;
