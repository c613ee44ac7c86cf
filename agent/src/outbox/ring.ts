// The segments of one lane in order, oldest first, and where new records go: the disk, or memory for as long as the disk
// refuses. What a record's loss means (counting, acknowledgements) is the outbox's business, which is told before each removal.
import { mkdirSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { BootId } from "@tidemark/proto";
import { type StoredRecord, recordBytes } from "./record.ts";
import {
  type Segment,
  createFileSegment,
  memorySegment,
  reopenFileSegment,
  segmentName,
  segmentNumber,
} from "./segment.ts";

export interface RingLimits {
  /** Disk held at most; the oldest segment that was sent goes first, then the oldest. */
  readonly bytesMax: number;
  /** Held in memory at most while the disk refuses; its own oldest goes first. */
  readonly memoryBytesMax: number;
  /** A segment takes records for so long at most, so that age can free it. */
  readonly segmentMsMax: number;
}

export interface RingOptions {
  readonly directory: string;
  readonly boot: BootId;
  readonly limits: RingLimits;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  readonly onDisk: (state: DiskState) => void;
  /** Whether nothing in the segment waits to be sent. */
  readonly isDone: (segment: Segment) => boolean;
  /** A segment is about to go because the ring is full. */
  readonly onRemove: (segment: Segment, why: "full" | "memory") => void;
}

export type DiskState =
  | { readonly kind: "failed"; readonly cause: unknown }
  | { readonly kind: "recovered" };

/** Segments a full ring is cut into, so that dropping the oldest costs a small part of it. */
const segmentsPerRing = 16;
const segmentBytesCeiling = 1_048_576;

export class Ring {
  readonly #options: RingOptions;
  #segments: Segment[] = [];
  #nextNumber = 1;
  #isLoaded = false;
  #failedAtMs: number | undefined;

  constructor(options: RingOptions) {
    this.#options = options;
  }

  /** Oldest first. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** When the disk last refused; `undefined` while it takes everything. */
  get failedAtMs(): number | undefined {
    return this.#failedAtMs;
  }

  /** What earlier lives left, past `droppedThrough`; damaged records by segment. Throws the file system's error. */
  load(droppedThrough: number, onDamaged: (segment: Segment, records: number) => void): void {
    const { directory, monotonicMs, now } = this.#options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const numbers = readdirSync(directory).flatMap((name) => segmentNumber(name) ?? []);
    const loaded: Segment[] = [];
    for (const number of numbers.sort((a, b) => a - b)) {
      const clock = { monotonicMs: monotonicMs(), wallMs: now() };
      const opened =
        number > droppedThrough ? reopenFileSegment(directory, number, clock) : undefined;
      if (opened === undefined) {
        unlinkSync(join(directory, segmentName(number)));
        continue;
      }
      loaded.push(opened.segment);
      if (opened.damaged > 0) onDamaged(opened.segment, opened.damaged);
    }
    this.#segments = [...loaded, ...this.#segments];
    this.#nextNumber = Math.max(this.#nextNumber, droppedThrough + 1, (numbers.at(-1) ?? 0) + 1);
    this.#isLoaded = true;
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Keeps the record, on disk or in memory. */
  append(record: StoredRecord): void {
    const nowMs = this.#options.monotonicMs();
    if (this.#failedAtMs === undefined) {
      try {
        this.#diskTail(record, nowMs).append(record, nowMs);
        return;
      } catch (cause) {
        this.failed(cause);
      }
    }
    this.#memoryTail(record, nowMs).append(record, nowMs);
  }

  /** Takes a segment out, its file too. */
  remove(segment: Segment): void {
    this.#segments = this.#segments.filter((other) => other !== segment);
    try {
      segment.remove();
    } catch (cause) {
      this.failed(cause);
    }
  }

  /** The disk refused: new records go to memory until `recover`. Told once. */
  failed(cause: unknown): void {
    const isFirst = this.#failedAtMs === undefined;
    this.#failedAtMs = this.#options.monotonicMs();
    const tail = this.#segments.at(-1);
    if (tail?.medium === "disk") tail.close();
    if (isFirst) this.#options.onDisk({ kind: "failed", cause });
  }

  /** Moves every memory segment to the disk; stops at the first refusal and keeps the rest. `load` is tried first when it never succeeded. */
  recover(load: () => void): void {
    if (this.#failedAtMs === undefined) return;
    try {
      if (!this.#isLoaded) load();
      for (const [index, segment] of this.#segments.entries())
        if (segment.medium === "memory") this.#segments[index] = this.#toDisk(segment);
    } catch {
      // The refusal was told when it began.
      this.#failedAtMs = this.#options.monotonicMs();
      return;
    }
    this.#failedAtMs = undefined;
    this.#options.onDisk({ kind: "recovered" });
  }

  bytes(medium?: Segment["medium"]): number {
    let bytes = 0;
    for (const segment of this.#segments)
      if (medium === undefined || segment.medium === medium) bytes += segment.bytes;
    return bytes;
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
  }

  #diskTail(record: StoredRecord, nowMs: number): Segment {
    const { directory, boot, limits } = this.#options;
    const needed = recordBytes(record);
    this.#makeRoom("disk", limits.bytesMax - needed, "full");
    const tail = this.#openTail("disk");
    const segmentBytesMax = Math.min(segmentBytesCeiling, limits.bytesMax / segmentsPerRing);
    const hasRoom = tail !== undefined && tail.bytes + needed <= segmentBytesMax;
    if (hasRoom && nowMs - tail.openedMs < limits.segmentMsMax) return tail;
    tail?.close();
    const fresh = createFileSegment(directory, this.#nextNumber, boot, record.seq, nowMs);
    this.#nextNumber += 1;
    this.#segments.push(fresh);
    return fresh;
  }

  #memoryTail(record: StoredRecord, nowMs: number): Segment {
    const max = this.#options.limits.memoryBytesMax;
    const needed = recordBytes(record);
    this.#makeRoom("memory", max - needed, "memory");
    const tail = this.#openTail("memory");
    if (tail !== undefined && tail.bytes + needed <= max / segmentsPerRing) return tail;
    const fresh = memorySegment(this.#nextNumber, this.#options.boot, record.seq, nowMs);
    this.#nextNumber += 1;
    this.#segments.push(fresh);
    return fresh;
  }

  #makeRoom(medium: Segment["medium"], bytesMax: number, why: "full" | "memory"): void {
    while (this.bytes(medium) > bytesMax) {
      const held = this.#segments.filter((segment) => segment.medium === medium);
      // What was sent is kept for a replay that may never be asked for; what was not is kept nowhere else.
      const leaving = held.slice(0, -1).find(this.#options.isDone) ?? held[0];
      if (leaving === undefined) return;
      this.#options.onRemove(leaving, why);
      this.remove(leaving);
    }
  }

  #openTail(medium: Segment["medium"]): Segment | undefined {
    const tail = this.#segments.at(-1);
    return tail?.medium === medium && tail.isOpen ? tail : undefined;
  }

  #toDisk(segment: Segment): Segment {
    const { boot, firstSeq, openedMs, newestMs } = segment;
    const { directory } = this.#options;
    const file = createFileSegment(directory, this.#nextNumber, boot, firstSeq, openedMs);
    this.#nextNumber += 1;
    try {
      for (let seq = firstSeq; seq < segment.nextSeq; seq += 1) {
        const record = segment.read(seq);
        if (record !== undefined) file.append(record, newestMs);
      }
    } catch (cause) {
      file.remove();
      throw cause;
    }
    file.close();
    return file;
  }
}
