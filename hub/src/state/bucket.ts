// Small values for the hub's other parts (ingest position, signing key): read when needed, written with revision checks.
import type { NatsConnection } from "@nats-io/transport-node";
import { type BucketBounds, RevisionConflict, defaultBounds, openKeyValue } from "./key-value.ts";

export { RevisionConflict };

export interface Bucket {
  get(key: string): Promise<{ value: Uint8Array; revision: number } | undefined>;
  /** `revision` is the expected one, 0 for "must not exist"; throws RevisionConflict. Resolves to the new revision. */
  put(key: string, value: Uint8Array, revision?: number): Promise<number>;
  remove(key: string): Promise<void>;
  keys(): Promise<readonly string[]>;
}

/** `name` may hold letters, digits, `-` and `_`; keys besides those `/`, `=` and `.`. */
export async function openBucket(
  connection: NatsConnection,
  name: string,
  bounds: BucketBounds = defaultBounds,
): Promise<Bucket> {
  const store = await openKeyValue(connection, name, bounds);
  return {
    get: (key) => store.get(key),
    put: (key, value, revision) => store.put(key, value, revision),
    async remove(key) {
      await store.remove(key);
    },
    async keys() {
      const keys: string[] = [];
      for await (const key of await store.kv.keys()) keys.push(key);
      return keys;
    },
  };
}

/** Attempts of one counter step: every failure means that another caller got through. */
const counterAttemptsMax = 1_000;

/** The next number of a counter, 1 first; no two callers, in whatever hub, get the same one. */
export async function nextNumber(bucket: Bucket, key: string): Promise<number> {
  for (let attempt = 0; attempt < counterAttemptsMax; attempt += 1) {
    const held = await bucket.get(key);
    const next = Number(new TextDecoder().decode(held?.value ?? zero)) + 1;
    if (!Number.isSafeInteger(next)) throw new Error(`counter ${key} does not hold a number`);
    try {
      await bucket.put(key, new TextEncoder().encode(String(next)), held?.revision ?? 0);
      return next;
    } catch (cause) {
      if (!(cause instanceof RevisionConflict)) throw cause;
    }
  }
  throw new Error(`counter ${key} was taken ${counterAttemptsMax} times by others`);
}

const zero = new TextEncoder().encode("0");
