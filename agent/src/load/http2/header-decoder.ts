// HPACK towards us (RFC 7541 section 6): a header block becomes fields, and the peer's table follows along.
import {
  DynamicTable,
  type Field,
  fieldBytes,
  staticFields,
  tableBytesDefault,
} from "./header-table.ts";
import { huffmanDecode } from "./huffman.ts";

/** A prefix of 5 to 7 bits and four more groups: past it an integer is an attack, and 2^31 is more than anything here. */
const integerGroupsMax = 5;

export class HeaderDecoder {
  readonly table = new DynamicTable();
  /** Whether the block that was decoded last used the table, and what it added to it. */
  refers = false;
  added: Field[] = [];
  readonly #listBytesMax: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  /** `listBytesMax`: what the fields of one block may weigh together. */
  constructor(listBytesMax: number) {
    this.#listBytesMax = listBytesMax;
  }

  /** The fields of a whole block, or undefined when it is none: the table is then unknown, and the connection lost. */
  decode(bytes: Uint8Array, from: number, end: number): readonly Field[] | undefined {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
    this.refers = false;
    this.added = [];
    const fields: Field[] = [];
    let weight = 0;
    while (this.#at < this.#end) {
      const byte = bytes[this.#at] ?? 0;
      if ((byte & 0xe0) === 0x20) {
        // A change of the table's size stands before all fields.
        if (fields.length > 0 || !this.#resize()) return undefined;
        continue;
      }
      const field = this.#field(byte);
      if (field === undefined) return undefined;
      weight += fieldBytes(field);
      if (weight > this.#listBytesMax) return undefined;
      fields.push(field);
    }
    return fields;
  }

  #field(byte: number): Field | undefined {
    if (byte >= 0x80) return this.#indexed(this.#integer(7));
    const isKept = byte >= 0x40;
    const index = this.#integer(isKept ? 6 : 4);
    if (index < 0) return undefined;
    const name = index === 0 ? this.#text() : this.#indexed(index)?.name;
    const value = name === undefined ? undefined : this.#text();
    if (name === undefined || value === undefined) return undefined;
    const field = { name, value };
    if (!isKept) return field;
    this.table.add(field);
    this.added.push(field);
    return field;
  }

  #indexed(index: number): Field | undefined {
    if (index <= staticFields.length) return staticFields[index - 1];
    this.refers = true;
    return this.table.at(index - staticFields.length - 1);
  }

  #resize(): boolean {
    const bytes = this.#integer(5);
    if (bytes < 0 || bytes > tableBytesDefault) return false;
    // What was decoded with another size is no guide to what comes.
    this.refers = true;
    this.table.resize(bytes);
    return true;
  }

  /** An integer with a prefix of `bits`, or -1. */
  #integer(bits: number): number {
    const most = 2 ** bits - 1;
    let value = (this.#bytes[this.#at++] ?? 0) & most;
    if (value < most) return value;
    for (let group = 0; group < integerGroupsMax && this.#at < this.#end; group += 1) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * 2 ** (7 * group);
      if (byte < 128) return value <= 0x7fff_ffff ? value : -1;
    }
    return -1;
  }

  #text(): string | undefined {
    if (this.#at >= this.#end) return undefined;
    const isHuffman = (this.#bytes[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(7);
    const from = this.#at;
    if (length < 0 || length > this.#end - from) return undefined;
    this.#at += length;
    if (isHuffman) return huffmanDecode(this.#bytes, from, this.#at);
    return latin1(this.#bytes, from, this.#at);
  }
}

function latin1(bytes: Uint8Array, from: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString("latin1");
}
