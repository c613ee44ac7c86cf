// What an outbox remembers beside its records: which are acknowledged and how many were ever dropped. Written now and then,
// not at each acknowledgement: what a crash forgets is sent once more under its own id, and refused as a duplicate.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SeqSet } from "./seq-set.ts";

export interface Position {
  /** Records dropped unacknowledged, ever. */
  dropped: number;
  /** Segments up to this number are dropped and counted, whether or not their files are gone yet. */
  droppedThrough: number;
  /** Acknowledged sequence numbers by boot. */
  readonly acked: Map<string, SeqSet>;
}

export const positionName = "position.json";

/** What `directory` remembers. A missing or damaged file means nothing acknowledged: sending again is safe, losing is not. */
export function readPosition(directory: string): Position {
  let text: string;
  try {
    text = readFileSync(join(directory, positionName), "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return empty();
    throw cause;
  }
  return parsePosition(text) ?? empty();
}

/** Replaces the file in one step; no fsync, see `outbox.ts`. Throws the file system's error. */
export function writePosition(directory: string, position: Position): void {
  const path = join(directory, positionName);
  const acked = Array.from(position.acked, ([boot, set]) => [boot, ...set.ranges.flat()]);
  const { dropped, droppedThrough } = position;
  writeFileSync(`${path}.new`, JSON.stringify({ version: 1, dropped, droppedThrough, acked }), {
    mode: 0o600,
  });
  renameSync(`${path}.new`, path);
}

function empty(): Position {
  return { dropped: 0, droppedThrough: 0, acked: new Map() };
}

// Narrowed by hand: a schema library in the running agent would cost more memory than the whole outbox.
function parsePosition(text: string): Position | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (!("version" in value && "dropped" in value && "droppedThrough" in value && "acked" in value))
    return undefined;
  const { version, dropped, droppedThrough, acked } = value;
  if (version !== 1 || !isCount(dropped) || !isCount(droppedThrough) || !Array.isArray(acked))
    return undefined;
  const sets = new Map<string, SeqSet>();
  for (const entry of acked) {
    if (!Array.isArray(entry)) return undefined;
    const [boot, ...bounds]: unknown[] = entry;
    if (typeof boot !== "string" || !bounds.every(isCount)) return undefined;
    const set = new SeqSet();
    for (let at = 0; at + 1 < bounds.length; at += 2) set.add(bounds[at] ?? 0, bounds[at + 1] ?? 0);
    sets.set(boot, set);
  }
  return { dropped, droppedThrough, acked: sets };
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
