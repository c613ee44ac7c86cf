// A cursor over the bytes of a /proc or /sys file. Hot collectors read hundreds of numbers a second, so nothing here makes
// a string or an object unless a caller asks for a word's text. A resting agent's code is interpreted (compiler.ts): no
// function is called for a byte, and whole lines are left to a built-in.

const newline = 10;
const dot = 46;
const minus = 45;
const zero = 48;
const space = 32;
const tab = 9;
const utf8 = new TextDecoder();

export class Scanner {
  /** The file's bytes are `bytes[0 … end)`; what lies behind is left over from other files. */
  bytes = new Uint8Array(65_536);
  end = 0;
  at = 0;
  /** The last word read: `bytes[wordStart … wordEnd)`. */
  wordStart = 0;
  wordEnd = 0;

  get done(): boolean {
    return this.at >= this.end;
  }

  /** Starts over, at the first of `end` bytes. */
  rewind(end: number): void {
    this.end = end;
    this.at = 0;
    this.wordStart = 0;
    this.wordEnd = 0;
  }

  /** Doubles the room, keeping what is there. */
  grow(): void {
    const larger = new Uint8Array(this.bytes.length * 2);
    larger.set(this.bytes);
    this.bytes = larger;
  }

  /**
   * The next number of this line, NaN when something else (or nothing) stands there. Counters past 2^53 lose their last
   * digits, as every double does.
   */
  number(): number {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && (bytes[at] === space || bytes[at] === tab)) at += 1;
    const negative = bytes[at] === minus;
    if (negative) at += 1;
    const first = at;
    let value = 0;
    while (at < end) {
      const digit = (bytes[at] ?? 0) - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at += 1;
    }
    if (at === first) return Number.NaN;
    if (at < end && bytes[at] === dot) {
      let scale = 1;
      for (at += 1; at < end; at += 1) {
        const digit = (bytes[at] ?? 0) - zero;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
        scale *= 10;
      }
      value /= scale;
    }
    this.at = at;
    return negative ? -value : value;
  }

  /** Moves past `count` blank-separated fields of this line. */
  skip(count: number): void {
    for (let field = 0; field < count; field += 1) this.word();
  }

  /** Reads the next word of this line, up to a blank, the line's end or the byte `stop` (which it consumes); false when none is left. */
  word(stop = -1): boolean {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end && (bytes[at] === space || bytes[at] === tab)) at += 1;
    this.wordStart = at;
    while (at < end) {
      const byte = bytes[at];
      if (byte === space || byte === newline || byte === stop || byte === tab) break;
      at += 1;
    }
    this.wordEnd = at;
    this.at = at < end && bytes[at] === stop ? at + 1 : at;
    return this.wordEnd > this.wordStart;
  }

  /** Moves to the start of the next line. */
  nextLine(): void {
    const found = this.bytes.indexOf(newline, this.at);
    this.at = found < 0 || found >= this.end ? this.end + 1 : found + 1;
  }

  wordIs(expected: Uint8Array): boolean {
    const length = this.wordEnd - this.wordStart;
    return length === expected.length && this.wordStartsWith(expected);
  }

  wordStartsWith(expected: Uint8Array): boolean {
    if (this.wordEnd - this.wordStart < expected.length) return false;
    for (let index = 0; index < expected.length; index += 1)
      if (this.bytes[this.wordStart + index] !== expected[index]) return false;
    return true;
  }

  /** 32-bit FNV-1a of the last word. */
  wordHash(): number {
    let hash = 0x811c9dc5;
    for (let at = this.wordStart; at < this.wordEnd; at += 1)
      hash = Math.imul(hash ^ (this.bytes[at] ?? 0), 0x01000193);
    return hash;
  }

  /** The last word as text; bytes that are not UTF-8 become U+FFFD. */
  wordText(): string {
    return utf8.decode(this.bytes.subarray(this.wordStart, this.wordEnd));
  }

  wordBytes(): Uint8Array {
    return this.bytes.slice(this.wordStart, this.wordEnd);
  }

  /** The whole file as text. */
  text(): string {
    return utf8.decode(this.bytes.subarray(0, this.end));
  }
}
