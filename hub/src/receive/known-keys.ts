// Every key that has sent a report whose period is still open or whose row is still there, by 64 bits of its hash: what makes a report
// count once and lets it be deleted. Two numbers of 64 bits and a day each, in arrays whose size is fixed at the start: it holds `capacity`
// keys, and then refuses.
import type { Fingerprint } from "./fingerprint.ts";

/** stored, deleted: this very text has been. other: the key has sent another. unknown: the key is new. */
export type Standing = "unknown" | "stored" | "deleted" | "other";

export interface KnownKeys {
  readonly capacity: number;
  size(): number;
  find(fingerprint: Fingerprint): Standing;
  /** False when there is no room. A key that is there already keeps its text, and stays deleted when it was. */
  add(fingerprint: Fingerprint, closedDay: number, deleted: boolean): boolean;
  /** The day that came with a known key; 0 of another. */
  closedDay(fingerprint: Fingerprint): number;
  /** Forgets the keys that need not be known from `today` on; days since 1970-01-01 UTC. */
  forget(today: number): void;
}

/** Four words a slot: the two hashes. */
const words = 4;
/** Never fuller: a probe then meets a free slot after a few steps. */
const fillMax = 0.5;
/** Of a slot's mark, beside its day; a free slot is 0. */
const deletedBit = 0x8000_0000;
const usedBit = 0x4000_0000;
const dayMask = 0x3fff_ffff;

export function knownKeys(capacity: number): KnownKeys {
  const slots = 2 ** Math.ceil(Math.log2(capacity / fillMax));
  const hashes = new Uint32Array(slots * words);
  const marks = new Uint32Array(slots);
  let size = 0;

  /** The key's slot, or the free one where it belongs. */
  const slotOf = ({ keyLow, keyHigh }: Fingerprint): number => {
    let slot = keyLow & (slots - 1);
    while (
      marks[slot] !== 0 &&
      (hashes[slot * words] !== keyLow || hashes[slot * words + 1] !== keyHigh)
    )
      slot = (slot + 1) & (slots - 1);
    return slot;
  };

  const add = (fingerprint: Fingerprint, closedDay: number, deleted: boolean): boolean => {
    const slot = slotOf(fingerprint);
    const mark = marks[slot] ?? 0;
    if (mark !== 0) {
      if (deleted) marks[slot] = (mark | deletedBit) >>> 0;
      return true;
    }
    if (size >= capacity) return false;
    hashes[slot * words] = fingerprint.keyLow;
    hashes[slot * words + 1] = fingerprint.keyHigh;
    hashes[slot * words + 2] = fingerprint.textLow;
    hashes[slot * words + 3] = fingerprint.textHigh;
    marks[slot] = ((closedDay & dayMask) | usedBit | (deleted ? deletedBit : 0)) >>> 0;
    size += 1;
    return true;
  };

  return {
    capacity,
    size: () => size,
    find(fingerprint) {
      const slot = slotOf(fingerprint);
      const mark = marks[slot] ?? 0;
      if (mark === 0) return "unknown";
      const { textLow, textHigh } = fingerprint;
      if (hashes[slot * words + 2] !== textLow || hashes[slot * words + 3] !== textHigh)
        return "other";
      return (mark & deletedBit) === 0 ? "stored" : "deleted";
    },
    add,
    closedDay: (fingerprint) => dayIn(marks[slotOf(fingerprint)] ?? 0),
    forget(today) {
      if (!marks.some((mark) => mark !== 0 && dayIn(mark) <= today)) return;
      // Open addressing knows no simple removal: what stays is put back into emptied arrays.
      const oldHashes = hashes.slice();
      const oldMarks = marks.slice();
      hashes.fill(0);
      marks.fill(0);
      size = 0;
      for (const [slot, mark] of oldMarks.entries()) {
        if (mark === 0 || dayIn(mark) <= today) continue;
        const [keyLow = 0, keyHigh = 0, textLow = 0, textHigh = 0] = oldHashes.subarray(
          slot * words,
          (slot + 1) * words,
        );
        add({ keyLow, keyHigh, textLow, textHigh }, dayIn(mark), (mark & deletedBit) !== 0);
      }
    },
  };
}

const dayIn = (mark: number) => mark & dayMask;
