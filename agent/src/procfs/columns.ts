// Files of paired lines, names over numbers (net/snmp, net/netstat): "Tcp: ActiveOpens …" over "Tcp: 12 …".
// The names cannot change while the kernel runs, so they are read once and afterwards only the numbers are.
import type { Scanner } from "./scanner.ts";

const colon = 58;

/** Reads the wanted `protocol.name` columns into `values`, at their place in `names`; NaN where the file has none. */
export type ColumnReader = (scanner: Scanner, values: Float64Array) => void;

export function wantedColumns(names: readonly string[]): ColumnReader {
  /** Per pair of lines: the place of each column in `values`, -1 when nobody wants it. Empty when none of the pair is wanted. */
  let layout: readonly Int32Array[] | undefined;
  return (scanner, values) => {
    layout ??= learn(scanner, names);
    values.fill(Number.NaN);
    for (const places of layout) {
      scanner.nextLine();
      if (places.length > 0) {
        scanner.word(colon);
        for (const place of places) {
          const value = scanner.number();
          if (place >= 0) values[place] = value;
        }
      }
      scanner.nextLine();
    }
  };
}

function learn(scanner: Scanner, names: readonly string[]): readonly Int32Array[] {
  const layout: Int32Array[] = [];
  while (!scanner.done) {
    scanner.word(colon);
    const protocol = scanner.wordText();
    const places: number[] = [];
    while (scanner.word()) places.push(names.indexOf(`${protocol}.${scanner.wordText()}`));
    const last = places.findLastIndex((place) => place >= 0);
    layout.push(Int32Array.from(places.slice(0, last + 1)));
    scanner.nextLine();
    scanner.nextLine();
  }
  scanner.rewind(scanner.end);
  return layout;
}
