// Random 32-bit words from integers alone, the same on every machine.

/** Spreads every bit of a word over all of them; a bijection (Wellons' lowbias32). */
export function mixed(word: number): number {
  let bits = word ^ (word >>> 16);
  bits = Math.imul(bits, 0x7feb_352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846c_a68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Fills `words` up to `count` from a seed of two words: Doty-Humphrey's sfc32. */
export function fillRandom(words: Uint32Array, count: number, seed: number, stream: number): void {
  let a = seed | 0;
  let b = stream | 0;
  let c = mixed(seed ^ Math.imul(stream, 0x9e37_79b9)) | 0;
  let counter = 1;
  // The first dozen rounds spread the seed and are thrown away.
  for (let round = -12; round < count; round += 1) {
    const word = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    if (round >= 0) words[round] = word;
  }
}
