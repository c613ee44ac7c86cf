// The pieces an outbox is made of: append-only files that name their boot, and the same in memory for when the disk fails.
// Every life of the agent writes to its own segments, so a file is only ever appended to by the process that made it.
import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type BootId, isBootId } from "@tidemark/proto";
import {
  type StoredRecord,
  decodeRecord,
  encodeRecord,
  recordBytes,
  recordHeaderBytes,
  scanRecords,
} from "./record.ts";

/** A run of records of one boot. */
export interface Segment {
  /** Order among all segments of a lane, over all boots. */
  readonly number: number;
  readonly boot: BootId;
  readonly firstSeq: number;
  /** One past the last record. */
  readonly nextSeq: number;
  readonly bytes: number;
  /** Monotonic ms of the newest record, and of the first one. */
  readonly newestMs: number;
  readonly openedMs: number;
  readonly medium: "disk" | "memory";
  /** Whether `append` may be called: a file once closed stays closed. */
  readonly isOpen: boolean;
  /** Whether the record was written and survived. */
  has(seq: number): boolean;
  /** `undefined` when the record is not here or its bytes no longer hold their checksum. */
  read(seq: number): StoredRecord | undefined;
  /** Writes `record`, whose seq is `nextSeq`. Throws the file system's error and leaves the segment as it was. */
  append(record: StoredRecord, nowMs: number): void;
  close(): void;
  remove(): void;
}

export const segmentHeaderBytes = 32;
const magic = 0x544d4f42; // "TMOB"
const version = 1;
const namePattern = /^(\d{12})\.seg$/;

export const segmentName = (number: number) => `${String(number).padStart(12, "0")}.seg`;

/** The number in a segment's file name; `undefined` for files that are no segments. */
export function segmentNumber(name: string): number | undefined {
  const match = namePattern.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** A new file. Throws the file system's error. */
export function createFileSegment(
  directory: string,
  number: number,
  boot: BootId,
  firstSeq: number,
  nowMs: number,
): Segment {
  const path = join(directory, segmentName(number));
  const fd = openSync(path, "wx+", 0o600);
  const header = encodeHeader(boot);
  try {
    writeWhole(fd, header, 0);
  } catch (cause) {
    closeSync(fd);
    unlinkSync(path);
    throw cause;
  }
  return fileSegment({
    path,
    number,
    boot,
    fd,
    firstSeq,
    offsets: [],
    bytes: header.length,
    openedMs: nowMs,
    newestMs: nowMs,
  });
}

/** A file of an earlier life with its torn tail cut off, and how many records in its middle were damaged; `undefined` when nothing in it can be read. */
export function reopenFileSegment(
  directory: string,
  number: number,
  clock: { readonly monotonicMs: number; readonly wallMs: number },
): { readonly segment: Segment; readonly damaged: number } | undefined {
  const path = join(directory, segmentName(number));
  const bytes = readFileSync(path);
  const boot = decodeHeader(bytes);
  if (boot === undefined) return undefined;
  const offsets: number[] = [];
  let firstSeq: number | undefined;
  let held = 0;
  let end = segmentHeaderBytes;
  let newestSeconds = 0;
  for (const record of scanRecords(bytes, segmentHeaderBytes)) {
    firstSeq ??= record.seq;
    const index = record.seq - firstSeq;
    // Numbers only grow within a file; anything else is no record of ours, whatever its checksum says.
    if (index < offsets.length || index > offsets.length + bytes.length) continue;
    while (offsets.length < index) offsets.push(0);
    offsets.push(record.offset);
    held += 1;
    end = record.offset + record.bytes;
    newestSeconds = Math.max(newestSeconds, record.atSeconds);
  }
  if (firstSeq === undefined) return undefined;
  if (end < bytes.length) truncateSync(path, end);
  const ageMs = Math.max(0, clock.wallMs - newestSeconds * 1_000);
  const newestMs = clock.monotonicMs - ageMs;
  const segment = fileSegment({
    path,
    number,
    boot,
    fd: undefined,
    firstSeq,
    offsets,
    bytes: end,
    openedMs: newestMs,
    newestMs,
  });
  return { segment, damaged: offsets.length - held };
}

interface FileState {
  readonly path: string;
  readonly number: number;
  readonly boot: BootId;
  readonly firstSeq: number;
  readonly openedMs: number;
  /** Where each record begins; 0 (where the header is) marks a lost one. */
  readonly offsets: number[];
  fd: number | undefined;
  bytes: number;
  newestMs: number;
}

function fileSegment(state: FileState): Segment {
  return {
    medium: "disk",
    number: state.number,
    boot: state.boot,
    firstSeq: state.firstSeq,
    openedMs: state.openedMs,
    get nextSeq() {
      return state.firstSeq + state.offsets.length;
    },
    get bytes() {
      return state.bytes;
    },
    get newestMs() {
      return state.newestMs;
    },
    get isOpen() {
      return state.fd !== undefined;
    },
    has: (seq) => (state.offsets[seq - state.firstSeq] ?? 0) > 0,
    read: (seq) => readRecord(state, seq),
    append(record, nowMs) {
      if (state.fd === undefined) throw new Error("a closed segment was appended to");
      const bytes = encodeRecord(record);
      try {
        writeWhole(state.fd, bytes, state.bytes);
      } catch (cause) {
        ftruncateSync(state.fd, state.bytes);
        throw cause;
      }
      state.offsets.push(state.bytes);
      state.bytes += bytes.length;
      state.newestMs = nowMs;
    },
    close() {
      if (state.fd === undefined) return;
      const { fd } = state;
      state.fd = undefined;
      closeSync(fd);
    },
    remove() {
      this.close();
      unlinkSync(state.path);
    },
  };
}

function readRecord(state: FileState, seq: number): StoredRecord | undefined {
  const index = seq - state.firstSeq;
  const offset = state.offsets[index] ?? 0;
  if (offset === 0) return undefined;
  let end = state.bytes;
  for (let next = index + 1; next < state.offsets.length; next += 1) {
    const at = state.offsets[next] ?? 0;
    if (at === 0) continue;
    end = at;
    break;
  }
  const bytes = Buffer.allocUnsafe(Math.max(recordHeaderBytes, end - offset));
  const fd = state.fd ?? openSync(state.path, "r");
  try {
    const read = readSync(fd, bytes, 0, end - offset, offset);
    const record = decodeRecord(bytes.subarray(0, read), 0);
    return record?.seq === seq ? record : undefined;
  } finally {
    if (state.fd === undefined) closeSync(fd);
  }
}

/** The same in memory, for as long as the disk refuses. */
export function memorySegment(
  number: number,
  boot: BootId,
  firstSeq: number,
  nowMs: number,
): Segment {
  const records: StoredRecord[] = [];
  let bytes = 0;
  let newestMs = nowMs;
  return {
    medium: "memory",
    isOpen: true,
    number,
    boot,
    firstSeq,
    openedMs: nowMs,
    get nextSeq() {
      return firstSeq + records.length;
    },
    get bytes() {
      return bytes;
    },
    get newestMs() {
      return newestMs;
    },
    has: (seq) => records[seq - firstSeq] !== undefined,
    read: (seq) => records[seq - firstSeq],
    append(record, atMs) {
      records.push(record);
      bytes += recordBytes(record);
      newestMs = atMs;
    },
    close: () => undefined,
    remove: () => undefined,
  };
}

function encodeHeader(boot: BootId): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes);
  bytes.writeUInt32BE(magic, 0);
  bytes.writeUInt8(version, 4);
  bytes.write(boot, 8, "ascii");
  bytes.writeUInt32BE(crc32(bytes.subarray(0, segmentHeaderBytes - 4)), segmentHeaderBytes - 4);
  return bytes;
}

function decodeHeader(bytes: Buffer): BootId | undefined {
  if (bytes.length < segmentHeaderBytes || bytes.readUInt32BE(0) !== magic) return undefined;
  if (bytes.readUInt8(4) !== version) return undefined;
  const sum = crc32(bytes.subarray(0, segmentHeaderBytes - 4));
  if (sum !== bytes.readUInt32BE(segmentHeaderBytes - 4)) return undefined;
  const boot = bytes.toString("ascii", 8, 24);
  return isBootId(boot) ? boot : undefined;
}

function writeWhole(fd: number, bytes: Buffer, position: number): void {
  let written = 0;
  while (written < bytes.length)
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
}
