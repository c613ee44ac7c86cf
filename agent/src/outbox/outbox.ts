// One lane's disk ring: everything the agent measured and the hub has not yet acknowledged, plus what it acknowledged in the
// last minutes, because the broker acknowledges before it syncs. Appends never fail: while the disk refuses, records live in a
// bounded memory ring and move to the disk when it is back.
// Durability: appends go to the page cache, one write each, and are never fsynced. kill −9 loses nothing; a power cut may lose
// what the kernel had not written (about 30 s) and the hub had not acknowledged. An fsync a second would cost more than it saves.
import type { BootId, LaneState } from "@tidemark/proto";
import { type Position, readPosition, writePosition } from "./position.ts";
import type { StoredRecord } from "./record.ts";
import { type DiskState, Ring } from "./ring.ts";
import type { Segment } from "./segment.ts";
import { SeqSet } from "./seq-set.ts";

export interface OutboxLimits {
  /** Disk held at most; a segment that was sent goes first, then the oldest, counted. */
  readonly bytesMax: number;
  /** Records older than this are dropped, counted. */
  readonly ageMsMax: number;
  /** How long acknowledged records stay for a replay. */
  readonly keepAckedMs: number;
  /** A record with a larger body is refused, counted. */
  readonly recordBytesMax: number;
  /** Held in memory at most while the disk refuses. */
  readonly memoryBytesMax: number;
}

export interface OutboxOptions {
  readonly directory: string;
  readonly boot: BootId;
  readonly limits: OutboxLimits;
  /** Unix ms, and ms that no clock setting moves. */
  readonly now: () => number;
  readonly monotonicMs: () => number;
  /** Told at every change: the disk refused, or took everything again. */
  readonly onDisk: (state: DiskState) => void;
  readonly onDropped: (records: number, why: DropReason) => void;
}

export type DropReason = "full" | "age" | "memory";

/** A record and which life of the agent it belongs to. */
export interface OutboxRecord extends StoredRecord {
  readonly boot: BootId;
}

export interface OutboxCounts {
  /** Records not yet acknowledged. */
  readonly unsent: number;
  /** Lost to damage, or refused for their size, in this life. */
  readonly damaged: number;
  readonly refused: number;
  readonly diskFailed: boolean;
}

/** The grain at which age and acknowledgement free a ring that fills slowly: 10 minutes of a day. */
const segmentsPerAge = 144;
/** How often acknowledgements are written down, and how often a failed disk is tried again. */
const positionEveryMs = 5_000;
const diskRetryMs = 5_000;

export class Outbox {
  readonly boot: BootId;
  readonly #options: OutboxOptions;
  readonly #ring: Ring;
  readonly #ackedAtMs = new Map<Segment, number>();
  #position: Position = { dropped: 0, droppedThrough: 0, acked: new Map() };
  #nextSeq = 1;
  #positionChanged = false;
  #positionAtMs = Number.NEGATIVE_INFINITY;
  #damaged = 0;
  #refused = 0;

  /** Opens what earlier lives left in the directory. A disk that refuses is no error: the outbox begins in memory. */
  constructor(options: OutboxOptions) {
    const { directory, boot, limits, now, monotonicMs, onDisk } = options;
    this.boot = boot;
    this.#options = options;
    this.#ring = new Ring({
      directory,
      boot,
      limits: {
        bytesMax: limits.bytesMax,
        memoryBytesMax: limits.memoryBytesMax,
        segmentMsMax: Math.min(limits.ageMsMax / segmentsPerAge, limits.keepAckedMs),
      },
      now,
      monotonicMs,
      onDisk,
      isDone: (segment) => this.#unsentIn(segment) === 0,
      onRemove: (segment, why) => this.#forget(segment, why),
    });
    try {
      this.#load();
    } catch (cause) {
      this.#ring.failed(cause);
    }
    this.#prune();
  }

  /** Keeps a record; its seq, or `undefined` when its body is larger than the limit. */
  append(topic: string, body: Uint8Array): number | undefined {
    if (body.length > this.#options.limits.recordBytesMax) {
      this.#refused += 1;
      return undefined;
    }
    const seq = this.#nextSeq;
    this.#nextSeq += 1;
    const atSeconds = Math.max(0, Math.floor(this.#options.now() / 1_000));
    this.#ring.append({ seq, atSeconds, topic, body });
    return seq;
  }

  /** The stream has it. Records no longer held are ignored. */
  ack(boot: BootId, seq: number): void {
    const segment = this.#segmentOf(boot, seq);
    if (segment === undefined) return;
    this.#ackedOf(boot).add(seq, seq);
    this.#ackedAtMs.set(segment, this.#options.monotonicMs());
    this.#positionChanged = true;
  }

  /** Makes the held records `first … last` of `boot` unsent again; how many they are. */
  unack(boot: BootId, first: number, last: number): number {
    let count = 0;
    for (const segment of this.#ring.segments) {
      if (segment.boot !== boot) continue;
      const from = Math.max(first, segment.firstSeq);
      const to = Math.min(last, segment.nextSeq - 1);
      if (to < from) continue;
      const acked = this.#ackedOf(boot);
      acked.remove(from, to);
      for (let seq = from; seq <= to; seq += 1)
        if (segment.has(seq)) count += 1;
        else acked.add(seq, seq);
    }
    if (count > 0) this.#positionChanged = true;
    return count;
  }

  /** The oldest record that is not acknowledged and that `isSkipped` does not name. */
  oldestUnsent(isSkipped: (boot: BootId, seq: number) => boolean): OutboxRecord | undefined {
    for (const segment of this.#ring.segments) {
      const acked = this.#ackedOf(segment.boot);
      const last = segment.nextSeq - 1;
      let seq = acked.firstMissing(segment.firstSeq, last);
      while (seq !== undefined) {
        if (!isSkipped(segment.boot, seq)) {
          const found = this.#read(segment, seq);
          if (found.kind === "record") return { ...found.record, boot: segment.boot };
          if (found.kind === "unreadable") return undefined;
          // Nothing will ever send it, so it must not stand in the way of what can be sent.
          acked.add(seq, seq);
        }
        seq = acked.firstMissing(seq + 1, last);
      }
    }
    return undefined;
  }

  /** The held records `first … last` of `boot`, acknowledged ones included. */
  *range(boot: BootId, first: number, last: number): Generator<OutboxRecord> {
    for (const segment of this.#ring.segments) {
      if (segment.boot !== boot) continue;
      const to = Math.min(last, segment.nextSeq - 1);
      for (let seq = Math.max(first, segment.firstSeq); seq <= to; seq += 1) {
        if (!segment.has(seq)) continue;
        const found = this.#read(segment, seq);
        if (found.kind === "record") yield { ...found.record, boot };
      }
    }
  }

  /** Frees what is too old or acknowledged long enough, writes the position, tries a failed disk again. Call it every second or so. */
  maintain(): void {
    const nowMs = this.#options.monotonicMs();
    this.#prune();
    const { failedAtMs } = this.#ring;
    if (failedAtMs !== undefined && nowMs - failedAtMs >= diskRetryMs)
      this.#ring.recover(() => this.#load());
    if (nowMs - this.#positionAtMs >= positionEveryMs) this.#writePosition();
  }

  /** For the beat: what is held of this boot, and of the ring as a whole. */
  state(): LaneState {
    const first = this.#ring.segments.find((segment) => segment.boot === this.boot);
    return {
      firstSeq: first?.firstSeq ?? this.#nextSeq,
      nextSeq: this.#nextSeq,
      bytes: this.#ring.bytes(),
      dropped: this.#position.dropped,
    };
  }

  counts(): OutboxCounts {
    let unsent = 0;
    for (const segment of this.#ring.segments) unsent += this.#unsentIn(segment);
    return {
      unsent,
      damaged: this.#damaged,
      refused: this.#refused,
      diskFailed: this.#ring.failedAtMs !== undefined,
    };
  }

  /** Moves memory to the disk if it takes it, writes the position, closes the files. */
  close(): void {
    this.#ring.recover(() => this.#load());
    this.#prune();
    this.#writePosition();
    this.#ring.close();
  }

  #load(): void {
    const known = readPosition(this.#options.directory);
    this.#ring.load(known.droppedThrough, (segment, records) => {
      this.#damaged += records;
      for (let seq = segment.firstSeq; seq < segment.nextSeq; seq += 1)
        if (!segment.has(seq)) this.#ackedOf(segment.boot).add(seq, seq);
    });
    this.#position.dropped += known.dropped;
    this.#position.droppedThrough = known.droppedThrough;
    const nowMs = this.#options.monotonicMs();
    for (const segment of this.#ring.segments) {
      const acked = known.acked.get(segment.boot);
      if (acked === undefined) continue;
      for (const [first, last] of acked.ranges)
        this.#ackedOf(segment.boot).add(
          Math.max(first, segment.firstSeq),
          Math.min(last, segment.nextSeq - 1),
        );
      this.#ackedAtMs.set(segment, nowMs);
    }
  }

  #prune(): void {
    const { limits, monotonicMs } = this.#options;
    const nowMs = monotonicMs();
    for (const segment of this.#ring.segments) {
      const ackedAtMs = this.#ackedAtMs.get(segment) ?? segment.newestMs;
      const isOld = nowMs - segment.newestMs > limits.ageMsMax;
      const isDone = nowMs - ackedAtMs > limits.keepAckedMs && this.#unsentIn(segment) === 0;
      if (!isOld && !isDone) continue;
      this.#forget(segment, "age");
      this.#ring.remove(segment);
    }
  }

  /** Counts what is lost with a segment, durably before its file goes, so that a crash in between neither counts twice nor forgets. */
  #forget(segment: Segment, why: DropReason): void {
    const lost = this.#unsentIn(segment);
    const others = this.#ring.segments.filter((other) => other !== segment);
    this.#ackedAtMs.delete(segment);
    const held = others.find((other) => other.boot === segment.boot);
    if (held === undefined) this.#position.acked.delete(segment.boot);
    else this.#ackedOf(segment.boot).remove(0, held.firstSeq - 1);
    this.#positionChanged = true;
    if (lost === 0) return;
    this.#position.dropped += lost;
    this.#options.onDropped(lost, why);
    if (segment.medium === "memory") return;
    if (others.every((other) => other.medium === "memory" || other.number > segment.number))
      this.#position.droppedThrough = segment.number;
    this.#writePosition();
  }

  #writePosition(): void {
    if (!this.#positionChanged || this.#ring.failedAtMs !== undefined) return;
    this.#positionAtMs = this.#options.monotonicMs();
    try {
      writePosition(this.#options.directory, this.#position);
      this.#positionChanged = false;
    } catch (cause) {
      this.#ring.failed(cause);
    }
  }

  #read(
    segment: Segment,
    seq: number,
  ): { kind: "record"; record: StoredRecord } | { kind: "damaged" } | { kind: "unreadable" } {
    try {
      const record = segment.read(seq);
      if (record !== undefined) return { kind: "record", record };
      this.#damaged += 1;
      return { kind: "damaged" };
    } catch (cause) {
      this.#ring.failed(cause);
      return { kind: "unreadable" };
    }
  }

  #unsentIn(segment: Segment): number {
    const { firstSeq, nextSeq } = segment;
    return nextSeq - firstSeq - this.#ackedOf(segment.boot).countWithin(firstSeq, nextSeq - 1);
  }

  #segmentOf(boot: BootId, seq: number): Segment | undefined {
    return this.#ring.segments.findLast(
      (segment) => segment.boot === boot && seq >= segment.firstSeq && seq < segment.nextSeq,
    );
  }

  #ackedOf(boot: string): SeqSet {
    let set = this.#position.acked.get(boot);
    if (set === undefined) {
      set = new SeqSet();
      this.#position.acked.set(boot, set);
    }
    return set;
  }
}
