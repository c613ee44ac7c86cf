// Wanted keys of a "key value" file (meminfo, vmstat, stat, memory.stat): from the bytes of a word to its place, without a string.
import type { Scanner } from "./scanner.ts";

const colon = 58;
/** The place of a line whose key nobody wants. */
const none = -1;
const isKey = (place: number): boolean => place !== none;

export interface Keys {
  readonly length: number;
  /** The place of the scanner's last word among the keys, -1 when it is none of them. */
  placeOf(scanner: Scanner): number;
  /** Reads every line's number into `values`, at its key's place; NaN where the file has no such key. */
  readLines(scanner: Scanner, values: Float64Array): void;
}

/** Throws when two keys are equal or collide in 32 bits, which a test of each key list would show. */
export function wantedKeys(names: readonly string[]): Keys {
  const encoder = new TextEncoder();
  const keys = names.map((name) => encoder.encode(name));
  const places = new Map<number, number>();
  keys.forEach((key, place) => {
    const hash = hashOf(key);
    if (places.has(hash)) throw new Error(`the key ${names[place]} collides with another`);
    places.set(hash, place);
  });
  const placeOf = (scanner: Scanner): number => {
    const place = places.get(scanner.wordHash());
    const key = place === undefined ? undefined : keys[place];
    return place !== undefined && key !== undefined && scanner.wordIs(key) ? place : -1;
  };
  /** Which key stands on which line, up to the last key; empty until a file had them all, for only then are they looked for there. */
  let lines: Int32Array = new Int32Array(0);

  /** Kernels list the same keys in the same order every time; false when this file does not. */
  function readKnown(scanner: Scanner, values: Float64Array): boolean {
    for (let line = 0; line < lines.length; line += 1) {
      const place = lines[line] ?? none;
      if (place !== none) {
        const key = keys[place];
        scanner.word(colon);
        if (key === undefined || !scanner.wordIs(key)) return false;
        values[place] = scanner.number();
      }
      scanner.nextLine();
    }
    return true;
  }

  function readAll(scanner: Scanner, values: Float64Array): Int32Array {
    values.fill(Number.NaN);
    const places: number[] = [];
    for (; !scanner.done; scanner.nextLine()) {
      scanner.word(colon);
      const place = placeOf(scanner);
      if (place >= 0) values[place] = scanner.number();
      places.push(place);
    }
    const found = places.filter(isKey);
    const isWhole = found.length === names.length && new Set(found).size === names.length;
    return Int32Array.from(isWhole ? places.slice(0, places.findLastIndex(isKey) + 1) : []);
  }

  return {
    length: names.length,
    placeOf,
    readLines: (scanner, values) => {
      if (lines.length > 0 && readKnown(scanner, values)) return;
      scanner.rewind(scanner.end);
      lines = readAll(scanner, values);
    },
  };
}

function hashOf(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
