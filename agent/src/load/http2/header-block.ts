// A response's head or trailers, and the one that was read last: servers answer the same request with the same block again and
// again, and a block whose bytes and table are those of before says what it said before.
import type { HeaderDecoder } from "./header-decoder.ts";
import type { Field } from "./header-table.ts";

const memoBytesMax = 1_024;

/** The same object as long as a server says the same. */
export interface HeaderBlock {
  readonly fields: readonly Field[];
  /** 100 … 999; 0 in trailers, which have none; -1 when this is neither a response's head nor trailers. */
  readonly status: number;
}

/** Remembers the last block of one kind: heads, or trailers. */
export class BlockMemo {
  readonly #bytes = Buffer.allocUnsafeSlow(memoBytesMax);
  #length = 0;
  #block: HeaderBlock | undefined;
  #added: readonly Field[] = [];
  #refers = false;
  #generation = 0;

  /** Decodes `bytes[from … end)`; undefined when it is no header block. */
  read(
    decoder: HeaderDecoder,
    bytes: Uint8Array,
    from: number,
    end: number,
  ): HeaderBlock | undefined {
    const { table } = decoder;
    if (this.#block !== undefined && this.#holds(table.generation, bytes, from, end)) {
      for (const field of this.#added) table.add(field);
      return this.#block;
    }
    const generation = table.generation;
    const fields = decoder.decode(bytes, from, end);
    if (fields === undefined) return undefined;
    this.#block = { fields, status: statusOf(fields) };
    this.#length = 0;
    if (end - from > memoBytesMax) return this.#block;
    this.#bytes.set(bytes.subarray(from, end));
    this.#length = end - from;
    this.#added = decoder.added;
    this.#refers = decoder.refers;
    this.#generation = generation;
    return this.#block;
  }

  /** Whether these bytes say what the remembered ones said. What referred to the table needs the same table. */
  #holds(generation: number, bytes: Uint8Array, from: number, end: number): boolean {
    const length = end - from;
    if (length !== this.#length || (this.#refers && generation !== this.#generation)) return false;
    for (let at = 0; at < length; at += 1) if (bytes[from + at] !== this.#bytes[at]) return false;
    return true;
  }
}

/** Pseudo-fields stand first, there is but one in a response, and names are lower-case (RFC 9113 8.2, 8.3). */
function statusOf(fields: readonly Field[]): number {
  let status = 0;
  for (const [at, { name, value }] of fields.entries()) {
    if (name === "" || /[^\x21-\x39\x3b-\x40\x5b-\x7e]/.test(name)) {
      if (at > 0 || name !== ":status" || !/^[1-9]\d\d$/.test(value)) return -1;
      status = Number(value);
    } else if (/[\0\r\n]/.test(value)) return -1;
  }
  return status;
}
