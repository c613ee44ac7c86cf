// A bucket of JSON records, all of them in memory: reads cost nothing, writes go to the broker with a revision check, and a
// watch brings what other hubs write. After a reconnect everything is read again, since a watch may have missed some.
import type { KvWatchEntry } from "@nats-io/kv";
import type { NatsConnection, QueuedIterator } from "@nats-io/transport-node";
import { type BucketBounds, RevisionConflict, isRemoval, openKeyValue } from "./key-value.ts";

export interface Entry<T> {
  readonly value: T;
  readonly revision: number;
}

export interface Table<T> {
  get(key: string): T | undefined;
  /** From the broker: for a key another hub may have written a moment ago. */
  fetch(key: string): Promise<T | undefined>;
  readonly size: number;
  entries(): IterableIterator<readonly [string, T]>;
  /** Throws RevisionConflict when the key exists. */
  create(key: string, value: T): Promise<void>;
  /** Reads, changes, writes, again while others write in between; undefined from `change` leaves the record as it is. */
  change(key: string, change: (value: T | undefined) => T | undefined): Promise<T | undefined>;
  remove(key: string): Promise<void>;
  /** Told of every record that was written, here or by another hub, and of removals (undefined). */
  onChange(listener: (key: string, value: T | undefined) => void): () => void;
  stop(): Promise<void>;
}

export interface TableOptions<T> {
  readonly name: string;
  readonly bounds: BucketBounds;
  /** Throws with the reason when the bytes are no such record. */
  readonly parse: (bytes: Uint8Array) => T;
  /** Told when another program wrote what `parse` refuses (the record before it stays), or when the watch broke and is made anew. */
  readonly troubled: (what: string, cause: unknown) => void;
}

const attemptsMax = 100;
const rewatchMs = 250;

/** Resolves when every record is in memory; throws when one of them cannot be read. */
export async function openTable<T>(
  connection: NatsConnection,
  options: TableOptions<T>,
): Promise<Table<T>> {
  const store = await openKeyValue(connection, options.name, options.bounds);
  /** A removal of our own stays, without value, until the watch has caught up with it. */
  const held = new Map<string, { readonly value: T | undefined; readonly revision: number }>();
  const listeners = new Set<(key: string, value: T | undefined) => void>();
  let watching: QueuedIterator<KvWatchEntry> | undefined;
  let stopped = false;

  function keep(key: string, value: T | undefined, revision: number): void {
    const before = held.get(key);
    if (before !== undefined && before.revision >= revision) return;
    held.set(key, { value, revision });
    for (const listener of listeners) listener(key, value);
  }

  function hear(entry: KvWatchEntry): void {
    const { key, revision } = entry;
    if (isRemoval(entry)) {
      keep(key, undefined, revision);
      if (held.get(key)?.revision === revision) held.delete(key);
      return;
    }
    if ((held.get(key)?.revision ?? 0) >= revision) return;
    keep(key, options.parse(entry.value), revision);
  }

  /** Everything there is; resolves to the revision up to which it is known. */
  async function load(refuse: (key: string, cause: unknown) => void): Promise<number> {
    const last = (await store.kv.status()).streamInfo.state.last_seq;
    const seen = new Set<string>();
    for await (const entry of await store.kv.history()) {
      seen.add(entry.key);
      try {
        hear(entry);
      } catch (cause) {
        refuse(entry.key, cause);
      }
    }
    for (const [key, { revision }] of held) {
      // What is newer than `last` was written during the load; the rest expired at the broker while nobody listened.
      if (seen.has(key) || revision > last) continue;
      held.delete(key);
      for (const listener of listeners) listener(key, undefined);
    }
    return last;
  }

  async function watch(from: number): Promise<void> {
    let next = from;
    while (!stopped) {
      try {
        watching = await store.kv.watch({ resumeFromRevision: next });
        if (stopped) watching.stop();
        for await (const entry of watching) {
          try {
            hear(entry);
          } catch (cause) {
            options.troubled(entry.key, cause);
          }
        }
        if (!stopped) next = (await load(options.troubled)) + 1;
      } catch (cause) {
        if (stopped || connection.isClosed()) return;
        options.troubled("watch", cause);
        await pause(rewatchMs);
      }
    }
  }

  async function rewatchAfterReconnect(): Promise<void> {
    for await (const status of connection.status())
      if (status.type === "reconnect") watching?.stop();
  }

  const known = await load((key, cause) => {
    throw new Error(`record ${key} of bucket ${options.name} cannot be read`, { cause });
  });
  const watched = watch(known + 1);
  void rewatchAfterReconnect();

  async function put(key: string, value: T, revision: number): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    keep(key, value, await store.put(key, bytes, revision));
  }

  async function fetch(key: string): Promise<Entry<T> | undefined> {
    const entry = await store.get(key);
    if (entry === undefined) return undefined;
    const value = options.parse(entry.value);
    keep(key, value, entry.revision);
    return { value, revision: entry.revision };
  }

  return {
    get: (key) => held.get(key)?.value,
    fetch: async (key) => (await fetch(key))?.value,
    get size() {
      return held.size;
    },
    *entries() {
      for (const [key, { value }] of held) if (value !== undefined) yield [key, value] as const;
    },
    create: (key, value) => put(key, value, 0),
    async change(key, change) {
      for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
        const cached = attempt === 0 ? held.get(key) : undefined;
        const before = cached ?? (await fetch(key));
        const after = change(before?.value);
        if (after === undefined) return before?.value;
        try {
          await put(key, after, before?.value === undefined ? 0 : before.revision);
          return after;
        } catch (cause) {
          if (!(cause instanceof RevisionConflict)) throw cause;
        }
      }
      throw new RevisionConflict(options.name, key);
    },
    async remove(key) {
      keep(key, undefined, await store.remove(key));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      stopped = true;
      watching?.stop();
      await watched;
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
