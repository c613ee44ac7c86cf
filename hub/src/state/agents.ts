// Every agent that was ever enrolled. A record is never removed: stored samples keep pointing at its host number.
import type { NatsConnection } from "@nats-io/transport-node";
import { type AgentId, AgentLabels, IdSchema, isAgentId, jsonParser, newId } from "@tidemark/proto";
import { Type } from "typebox";
import { nextNumber, openBucket } from "./bucket.ts";
import { defaultBounds } from "./key-value.ts";
import type { StateOptions } from "./options.ts";
import { openTable } from "./table.ts";

export interface AgentRecord {
  readonly id: AgentId;
  /** Stands for the agent in every ClickHouse table: UInt32, assigned once, never given to another. */
  readonly host: number;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of the agent's nkey; the seed is on its host alone. */
  readonly publicKey: string;
  readonly enrolledAtMs: number;
  /** When its JWT was last issued. */
  readonly credentialAtMs: number;
  readonly revokedAtMs: number | null;
}

export interface AgentChange {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly credentialAtMs?: number;
  /** Once revoked an agent stays so; a second time is ignored. */
  readonly revokedAtMs?: number;
}

export interface AgentRegistry {
  get(id: AgentId): AgentRecord | undefined;
  byHost(host: number): AgentRecord | undefined;
  /** By the agent's nkey. */
  byKey(publicKey: string): AgentRecord | undefined;
  all(): readonly AgentRecord[];
  /** The agent that already holds this key, if there is one: enrolling twice with one key changes nothing. Throws AgentRefused. */
  create(input: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly publicKey: string;
  }): Promise<AgentRecord>;
  /** Throws AgentRefused when there is no such agent. */
  update(id: AgentId, change: AgentChange): Promise<AgentRecord>;
  onChange(listener: (record: AgentRecord) => void): () => void;
  stop(): Promise<void>;
}

export class AgentRefused extends Error {
  override readonly name = "AgentRefused";
  readonly code: "unknown" | "revoked" | "too-many";

  constructor(code: AgentRefused["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Agents ever enrolled. A host number is 32 bits wide, the memory of a hub is the nearer bound. */
export const agentsMax = 20_000;

const parseRecord = jsonParser(
  Type.Object({
    id: IdSchema,
    host: Type.Integer({ minimum: 1, maximum: 0xffff_ffff }),
    name: Type.String({ maxLength: 128 }),
    labels: AgentLabels,
    publicKey: Type.String({ pattern: "^U[A-Z2-7]{55}$" }),
    enrolledAtMs: Type.Integer(),
    credentialAtMs: Type.Integer(),
    revokedAtMs: Type.Union([Type.Integer(), Type.Null()]),
  }),
  "agent record",
);

export async function openAgents(
  connection: NatsConnection,
  options: StateOptions = {},
): Promise<AgentRegistry> {
  const { now = Date.now, troubled = ignored } = options;
  const counters = await openBucket(connection, "counters");
  const table = await openTable<AgentRecord>(connection, {
    name: "agents",
    bounds: defaultBounds,
    parse(bytes) {
      const record = parseRecord(bytes);
      if (!isAgentId(record.id)) throw new Error("its id is none");
      return { ...record, id: record.id };
    },
    troubled,
  });
  const byHost = new Map<number, AgentId>();
  const byKey = new Map<string, AgentId>();
  const listeners = new Set<(record: AgentRecord) => void>();
  const index = (record: AgentRecord) => {
    byHost.set(record.host, record.id);
    byKey.set(record.publicKey, record.id);
  };
  for (const [, record] of table.entries()) index(record);
  table.onChange((_key, record) => {
    if (record === undefined) return;
    index(record);
    for (const listener of listeners) listener(record);
  });

  function holderOf(publicKey: string): AgentRecord | undefined {
    const id = byKey.get(publicKey);
    return id === undefined ? undefined : table.get(id);
  }

  return {
    get: (id) => table.get(id),
    byHost(host) {
      const id = byHost.get(host);
      return id === undefined ? undefined : table.get(id);
    },
    byKey: holderOf,
    all: () => Array.from(table.entries(), ([, record]) => record),
    async create({ name, labels, publicKey }) {
      const holder = holderOf(publicKey);
      if (holder !== undefined && holder.revokedAtMs !== null)
        throw new AgentRefused("revoked", `the key of agent ${holder.id} was revoked`);
      if (holder !== undefined) return holder;
      if (table.size >= agentsMax)
        throw new AgentRefused("too-many", `${agentsMax} agents are enrolled, no more fit`);
      const atMs = now();
      const record: AgentRecord = {
        id: newId<AgentId>(),
        host: await nextNumber(counters, "host"),
        name,
        labels: { ...labels },
        publicKey,
        enrolledAtMs: atMs,
        credentialAtMs: atMs,
        revokedAtMs: null,
      };
      await table.create(record.id, record);
      return record;
    },
    async update(id, change) {
      const record = await table.change(id, (before) => before && changed(before, change));
      if (record === undefined) throw new AgentRefused("unknown", `there is no agent ${id}`);
      return record;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => table.stop(),
  };
}

function changed(before: AgentRecord, change: AgentChange): AgentRecord {
  return {
    ...before,
    name: change.name ?? before.name,
    labels: change.labels ?? before.labels,
    credentialAtMs: change.credentialAtMs ?? before.credentialAtMs,
    revokedAtMs: before.revokedAtMs ?? change.revokedAtMs ?? null,
  };
}

function ignored(): void {
  // Without a listener a broken watch repairs itself in silence.
}
