// The rows of a file that lists named things (disks, interfaces, cores): each name keeps a row of the caller's own, made when
// the name first appears and dropped when it is gone. Files list things in the same order every time, so the row expected at
// a position is compared byte by byte and a string is made only when something came or went.
import type { Scanner } from "./scanner.ts";

interface Entry<Row> {
  readonly name: Uint8Array;
  /** `undefined`: the caller wants no such row (an excluded device). */
  readonly row: Row | undefined;
  seenIn: number;
}

export interface Rows<Row> {
  /** Before the first line. */
  begin(): void;
  /** The row named by the scanner's last word. */
  row(scanner: Scanner): Row | undefined;
  /** After the last line: what was not seen is dropped. */
  end(): void;
}

export function keepRows<Row>(
  make: (name: string) => Row | undefined,
  drop: (row: Row) => void,
): Rows<Row> {
  const byName = new Map<string, Entry<Row>>();
  const order: Entry<Row>[] = [];
  let position = 0;
  let round = 0;
  let disturbed = false;

  const find = (scanner: Scanner): Entry<Row> => {
    const name = scanner.wordText();
    const known = byName.get(name);
    if (known !== undefined) return known;
    const entry = { name: scanner.wordBytes(), row: make(name), seenIn: 0 };
    byName.set(name, entry);
    return entry;
  };

  return {
    begin() {
      position = 0;
      round += 1;
      disturbed = false;
    },
    row(scanner) {
      const expected = order[position];
      const entry =
        expected !== undefined && scanner.wordIs(expected.name) ? expected : find(scanner);
      if (entry !== expected) {
        order[position] = entry;
        disturbed = true;
      }
      position += 1;
      entry.seenIn = round;
      return entry.row;
    },
    end() {
      if (!disturbed && position === order.length) return;
      order.length = position;
      for (const [name, entry] of byName) {
        if (entry.seenIn === round) continue;
        byName.delete(name);
        if (entry.row !== undefined) drop(entry.row);
      }
    },
  };
}
