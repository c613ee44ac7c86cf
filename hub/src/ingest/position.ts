// Where ingest stands in the stream, in a key-value bucket of the broker. Each write expects the revision of the one before:
// a second hub that ingests the same stream makes the slower one stop instead of storing everything twice.
import { randomUUID } from "node:crypto";
import { type Static, Type } from "typebox";
import { jsonParser } from "@tidemark/proto";

/** The part of state/bucket.ts that a position needs. */
export interface PositionBucket {
  get(key: string): Promise<{ value: Uint8Array; revision: number } | undefined>;
  put(key: string, value: Uint8Array, revision?: number): Promise<number>;
}

const seq = Type.Integer({ minimum: 0 });
const seqs = Type.Array(seq);
const Intent = Type.Object(
  { block: seq, first: seq, last: seq, skip: seqs, park: seqs, unparked: seqs },
  { additionalProperties: false },
);
export type Intent = Readonly<Static<typeof Intent>>;

const Position = Type.Object(
  {
    /** Which process wrote it: two hubs may well make the same block. */
    writer: Type.String(),
    /** Which life of the stream: its time of creation. */
    stream: Type.String(),
    /** Number of the last block, and the stream position it ended at. */
    block: seq,
    last: seq,
    /** The block that is being written, if any. */
    intent: Type.Union([Intent, Type.Null()]),
  },
  { additionalProperties: false },
);
type Written = Readonly<Static<typeof Position>>;
export type Position = Omit<Written, "writer">;

const parsePosition = jsonParser(Position, "ingest position");

/** Another process moved the position: only one may ingest a stream. */
export class PositionTaken extends Error {
  override readonly name = "PositionTaken";
  readonly code = "position-taken";

  constructor() {
    super("another hub ingests the same stream: stop one of them");
  }
}

export interface PositionKeeper {
  readonly position: Position;
  write(position: Position): Promise<void>;
}

export async function openPosition(
  bucket: PositionBucket,
  key: string,
  stream: string,
): Promise<PositionKeeper> {
  const entry = await bucket.get(key);
  const writer = randomUUID();
  let revision = entry?.revision ?? 0;
  const stored = entry === undefined ? undefined : parsePosition(entry.value);
  const block = stored?.block ?? 0;
  let position: Position =
    stored !== undefined && stored.stream === stream
      ? stored
      : { stream, block, last: 0, intent: null };
  return {
    get position() {
      return position;
    },
    async write(next) {
      const value = new TextEncoder().encode(JSON.stringify({ ...next, writer } satisfies Written));
      try {
        revision = await bucket.put(key, value, revision);
      } catch (cause) {
        // The answer may have been lost after the write took effect; only then is the stored value ours.
        const found = await bucket.get(key);
        if (found === undefined || found.revision === revision) throw cause;
        if (!Buffer.from(found.value).equals(value)) throw new PositionTaken();
        revision = found.revision;
      }
      position = next;
    },
  };
}
