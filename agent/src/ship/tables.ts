// Series tables the hub may ask for by hash. On disk, because batches of an earlier life may name a table that this life never
// makes; a handful is enough, since a table changes only when the host's devices do.
import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

export interface TableStore {
  /** Never throws: a table that cannot be kept on disk is kept in memory. */
  keep(hash: string, frame: Uint8Array): void;
  find(hash: string): Uint8Array | undefined;
}

/** Tables kept on disk and in memory; the oldest goes first. */
const tablesMax = 16;
const namePattern = /^[0-9a-f]{16}$/;

export function openTables(directory: string, diskRefused: (cause: unknown) => void): TableStore {
  const inMemory = new Map<string, Uint8Array>();
  return {
    keep(hash, frame) {
      if (!namePattern.test(hash))
        throw new RangeError(`a table hash is 16 hex digits, not ${hash}`);
      const isKnown = inMemory.delete(hash);
      inMemory.set(hash, frame);
      for (const oldest of inMemory.keys()) {
        if (inMemory.size <= tablesMax) break;
        inMemory.delete(oldest);
      }
      if (isKnown) return;
      try {
        writeTable(directory, hash, frame);
        removeOldest(directory);
      } catch (cause) {
        diskRefused(cause);
      }
    },
    find(hash) {
      const held = inMemory.get(hash);
      if (held !== undefined || !namePattern.test(hash)) return held;
      try {
        return readFileSync(join(directory, hash));
      } catch (cause) {
        if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT"))
          diskRefused(cause);
        return undefined;
      }
    },
  };
}

function writeTable(directory: string, hash: string, frame: Uint8Array): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, hash);
  writeFileSync(`${path}.new`, frame, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function removeOldest(directory: string): void {
  const tables = readdirSync(directory)
    .filter((name) => namePattern.test(name))
    .map((name) => ({ path: join(directory, name), atMs: statSync(join(directory, name)).mtimeMs }))
    .sort((a, b) => b.atMs - a.atMs);
  for (const { path } of tables.slice(tablesMax)) unlinkSync(path);
}
