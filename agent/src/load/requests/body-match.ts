// Finds a text in a body that arrives in pieces, wherever they are cut (Knuth, Morris and Pratt): every byte is looked at once
// and none is kept.

export class BodyMatch {
  /** Whether the text was there since the last `restart`. */
  found = false;
  readonly #needle: Uint8Array;
  /** How much of the needle is still matched when its next byte is not. */
  readonly #fallback: Uint16Array;
  #matched = 0;

  constructor(needle: Uint8Array) {
    this.#needle = needle;
    this.#fallback = fallbackOf(needle);
    this.restart();
  }

  /** A new body begins. */
  restart(): void {
    this.#matched = 0;
    this.found = this.#needle.length === 0;
  }

  /** The next piece of it: `bytes[from … to)`. */
  feed(bytes: Uint8Array, from: number, to: number): void {
    if (this.found) return;
    const needle = this.#needle;
    const fallback = this.#fallback;
    let matched = this.#matched;
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at];
      while (matched > 0 && byte !== needle[matched]) matched = fallback[matched - 1] ?? 0;
      if (byte === needle[matched]) matched += 1;
      if (matched === needle.length) {
        this.found = true;
        return;
      }
    }
    this.#matched = matched;
  }
}

function fallbackOf(needle: Uint8Array): Uint16Array {
  const fallback = new Uint16Array(needle.length);
  let matched = 0;
  for (let at = 1; at < needle.length; at += 1) {
    while (matched > 0 && needle[at] !== needle[matched]) matched = fallback[matched - 1] ?? 0;
    if (needle[at] === needle[matched]) matched += 1;
    fallback[at] = matched;
  }
  return fallback;
}
