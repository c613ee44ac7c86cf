// Wanted keys of a "key value" file (meminfo, vmstat, stat, memory.stat): from the bytes of a word to its place, without a string.
import type { Scanner } from "./scanner.ts";

const colon = 58;

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
  return {
    length: names.length,
    placeOf,
    readLines: (scanner, values) => {
      values.fill(Number.NaN);
      for (; !scanner.done; scanner.nextLine()) {
        scanner.word(colon);
        const place = placeOf(scanner);
        if (place >= 0) values[place] = scanner.number();
      }
    },
  };
}

function hashOf(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
