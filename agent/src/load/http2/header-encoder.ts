// HPACK towards the peer: what stays the same is put into the peer's table once and then costs a byte or two; what changes
// from request to request is written out and never put there, so that it cannot push out what stays.
import {
  DynamicTable,
  type Field,
  fieldBytes,
  staticFields,
  tableBytesDefault,
} from "./header-table.ts";
import { huffmanEncode, huffmanLength } from "./huffman.ts";
import { writeInteger } from "./integers.ts";

/** Where a name, and a name with its value, stand in the static table. */
const staticIndexes = new Map<string, readonly number[]>();
staticFields.forEach(({ name }, at) =>
  staticIndexes.set(name, [...(staticIndexes.get(name) ?? []), at + 1]),
);
const noIndexes: readonly number[] = [];

/** What became of the first value that a name was sent with. */
interface Remembered {
  readonly value: string;
  /** Which addition to the table it was, counted from 0; -1 when it was none. */
  readonly serial: number;
}

export class HeaderEncoder {
  readonly #table = new DynamicTable();
  readonly #remembered = new Map<string, Remembered>();
  /** Fields ever added. */
  #added = 0;
  /** Sizes the next block must tell the peer: the smallest on the way, and the last (RFC 7541 4.2). */
  #smallest: number | undefined;

  /** The same while the same fields encode to the same bytes. */
  get generation(): number {
    return this.#table.generation;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE; of a larger table than the usual no use is made. */
  resize(bytesMax: number): void {
    const bytes = Math.min(bytesMax, tableBytesDefault);
    if (bytes === this.#table.bytesMax) return;
    this.#smallest = Math.min(this.#smallest ?? bytes, bytes);
    this.#table.resize(bytes);
  }

  /** Bytes that encoding `fields` takes at most. */
  static bytesMax(fields: readonly Field[]): number {
    // Each text has a length of at most six bytes before it, each field one more, and the sizes of the table ten.
    return fields.reduce((sum, { name, value }) => sum + name.length + value.length + 16, 10);
  }

  /** Writes a block at `at` and returns its end. */
  encode(fields: readonly Field[], bytes: Uint8Array, at: number): number {
    let end = this.#encodeSizes(bytes, at);
    for (const field of fields) end = this.#encodeField(field, bytes, end);
    return end;
  }

  #encodeSizes(bytes: Uint8Array, at: number): number {
    if (this.#smallest === undefined) return at;
    const { bytesMax } = this.#table;
    let end = at;
    if (this.#smallest < bytesMax) end = writeInteger(bytes, end, 5, 0x20, this.#smallest);
    this.#smallest = undefined;
    this.#table.generation += 1;
    return writeInteger(bytes, end, 5, 0x20, bytesMax);
  }

  #encodeField(field: Field, bytes: Uint8Array, at: number): number {
    const { name, value } = field;
    const indexes = staticIndexes.get(name) ?? noIndexes;
    for (const index of indexes)
      if (staticFields[index - 1]?.value === value && value !== "")
        return writeInteger(bytes, at, 7, 0x80, index);
    const remembered = this.#remembered.get(name);
    const place = remembered === undefined ? -1 : this.#placeOf(remembered);
    if (place >= 0 && remembered?.value === value)
      return writeInteger(bytes, at, 7, 0x80, staticFields.length + 1 + place);
    const nameIndex = indexes[0] ?? (place >= 0 ? staticFields.length + 1 + place : 0);
    // Once only: what did not stay in the table the first time would push out others each time it came back.
    const isKept = remembered === undefined && 2 * fieldBytes(field) <= this.#table.bytesMax;
    if (remembered === undefined)
      this.#remembered.set(name, { value, serial: isKept ? this.#added : -1 });
    let end = writeInteger(bytes, at, isKept ? 6 : 4, isKept ? 0x40 : 0, nameIndex);
    if (nameIndex === 0) end = encodeText(name, bytes, end);
    if (isKept) {
      this.#table.add(field);
      this.#added += 1;
    }
    return encodeText(value, bytes, end);
  }

  /** The index within the table, the newest 0; -1 when it is not there any more. */
  #placeOf({ serial }: Remembered): number {
    if (serial < 0) return -1;
    const place = this.#added - 1 - serial;
    return place < this.#table.length ? place : -1;
  }
}

function encodeText(text: string, bytes: Uint8Array, at: number): number {
  const short = huffmanLength(text);
  if (short < text.length)
    return huffmanEncode(text, bytes, writeInteger(bytes, at, 7, 0x80, short));
  let end = writeInteger(bytes, at, 7, 0, text.length);
  for (let index = 0; index < text.length; index += 1) bytes[end++] = text.charCodeAt(index);
  return end;
}
