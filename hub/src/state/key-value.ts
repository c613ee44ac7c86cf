// The one place that speaks to JetStream's key-value library: bounded buckets, and conflicts as one error.
import { JetStreamApiError, StorageType, jetstream } from "@nats-io/jetstream";
import { type KV, type KvEntry, Kvm } from "@nats-io/kv";
import { type NatsConnection, headers } from "@nats-io/transport-node";

/** Somebody else wrote the key first: read it again and decide anew. */
export class RevisionConflict extends Error {
  override readonly name = "RevisionConflict";

  constructor(bucket: string, key: string, options?: ErrorOptions) {
    super(`${key} in bucket ${bucket} has another revision than expected`, options);
  }
}

export interface BucketBounds {
  readonly bytesMax: number;
  readonly valueBytesMax: number;
  /** A key that was not written for so long disappears; undefined keeps it. */
  readonly ttlSeconds?: number;
}

export const defaultBounds = {
  bytesMax: 67_108_864,
  valueBytesMax: 262_144,
} as const satisfies BucketBounds;

/** One bucket, with writes that tell their revision. */
export interface KeyValue {
  readonly name: string;
  readonly kv: KV;
  get(key: string): Promise<{ value: Uint8Array; revision: number } | undefined>;
  /** `revision` is the expected one, 0 for "must not exist". Throws RevisionConflict. Resolves to the new revision. */
  put(key: string, value: Uint8Array, revision?: number): Promise<number>;
  /** Removes the value and its history. Resolves to the revision of the removal. */
  remove(key: string): Promise<number>;
}

/** Opens the bucket, made at the first call. */
export async function openKeyValue(
  connection: NatsConnection,
  name: string,
  bounds: BucketBounds = defaultBounds,
): Promise<KeyValue> {
  const kv = await new Kvm(connection).create(name, {
    history: 1,
    storage: StorageType.File,
    max_bytes: bounds.bytesMax,
    maxValueSize: bounds.valueBytesMax,
    // In a cluster a direct read may come from a replica that is behind.
    allow_direct: false,
    ...(bounds.ttlSeconds === undefined ? {} : { ttl: bounds.ttlSeconds * 1_000 }),
  });
  const publisher = jetstream(connection);

  async function put(key: string, value: Uint8Array, revision?: number): Promise<number> {
    try {
      if (revision === undefined) return await kv.put(key, value);
      if (revision === 0) return await kv.create(key, value);
      return await kv.update(key, value, revision);
    } catch (cause) {
      if (cause instanceof JetStreamApiError && wrongRevision.includes(cause.code))
        throw new RevisionConflict(name, key, { cause });
      throw cause;
    }
  }

  return {
    name,
    kv,
    put,
    async get(key) {
      const entry = await kv.get(key);
      if (entry === null || isRemoval(entry)) return undefined;
      return { value: entry.value, revision: entry.revision };
    },
    async remove(key) {
      // The library's own purge does not tell the revision, which a cache needs to order what it hears.
      const removal = headers();
      removal.set("KV-Operation", "PURGE");
      removal.set("Nats-Rollup", "sub");
      const ack = await publisher.publish(`$KV.${name}.${key}`, new Uint8Array(), {
        headers: removal,
      });
      return ack.seq;
    },
  };
}

export function isRemoval(entry: Pick<KvEntry, "operation">): boolean {
  return entry.operation !== "PUT";
}

/** JSStreamWrongLastSequenceErr and JSStreamWrongLastSequenceConstantErr. */
const wrongRevision: readonly number[] = [10_071, 10_164];
