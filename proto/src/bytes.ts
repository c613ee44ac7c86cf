// A growing byte writer and a bounds-checked reader: LEB128 varints (protobuf's base-128 varints) up to 2^53 and zigzag on
// top. Doubles carry the integers exactly, so no BigInt is needed on the hot path.

/** Grows by doubling; `bytes()` copies what was written. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  #reserve(more: number): Uint8Array {
    const needed = this.#length + more;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    return this.#bytes;
  }

  u8(value: number): void {
    this.#reserve(1)[this.#length++] = value;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length).set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Unsigned, 0 … 2^53 − 1. */
  varint(value: number): void {
    const bytes = this.#reserve(8);
    let at = this.#length;
    let rest = value;
    while (rest > 0x7fff_ffff) {
      bytes[at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    let small = rest | 0;
    while (small > 0x7f) {
      bytes[at++] = (small & 0x7f) | 0x80;
      small >>>= 7;
    }
    bytes[at++] = small;
    this.#length = at;
  }

  /** Signed, |value| < 2^53: 0, −1, 1, −2 … become 0, 1, 2, 3 … */
  zigzag(value: number): void {
    // 2|v| − (v < 0) may reach 2^54 − 1, past exact doubles, so the lowest seven bits are taken before doubling.
    const sign = value < 0 ? 1 : 0;
    const magnitude = sign === 1 ? -value - 1 : value;
    if (magnitude < 0x3fff_ffff) {
      this.varint(magnitude * 2 + sign);
      return;
    }
    const low = magnitude % 64;
    this.u8(low * 2 + sign + 0x80);
    this.varint((magnitude - low) / 64);
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Thrown by `ByteReader` and the decoders when bytes are not what the format says. */
export class MalformedBytes extends Error {
  override readonly name = "MalformedBytes";
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new MalformedBytes(`truncated at byte ${this.#at}`);
    this.#at += 1;
    return value;
  }

  raw(length: number): Uint8Array {
    if (length > this.remaining)
      throw new MalformedBytes(`truncated: ${length} bytes wanted, ${this.remaining} left`);
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  /** Unsigned, 0 … 2^53 − 1; longer or larger encodings are malformed. */
  varint(): number {
    let byte = this.u8();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 128;
    for (let index = 1; index < 8; index += 1) {
      byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      scale *= 128;
    }
    throw new MalformedBytes(`a varint before byte ${this.#at} is larger than 2^53 - 1`);
  }

  /** Signed, |value| < 2^53. */
  zigzag(): number {
    const first = this.u8();
    if (first < 0x80) return (first & 1) === 1 ? -(first >>> 1) - 1 : first >>> 1;
    const magnitude = ((first & 0x7f) >>> 1) + this.varint() * 64;
    if (magnitude > Number.MAX_SAFE_INTEGER)
      throw new MalformedBytes(`a zigzag before byte ${this.#at} is larger than 2^53 - 1`);
    return (first & 1) === 1 ? -magnitude - 1 : magnitude;
  }

  done(): void {
    if (this.remaining !== 0) throw new MalformedBytes(`${this.remaining} bytes after the end`);
  }
}
