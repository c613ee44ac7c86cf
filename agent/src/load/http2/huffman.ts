// HPACK's Huffman code (RFC 7541 appendix B). It is canonical: codes of one length follow each other in the order of their
// symbols, so that the lengths alone say it all.

/** Bits of each byte's code, and of EOS last. */
const lengths = [
  "13 23 28x7 24 30 28x2 30 28x8 30 28x9 6 10x2 12 13 6 8 11 10x2 8 11 8 6x3",
  "5x3 6x7 7 8 15 6 12 10 13 6 7x22 8 7 8 13 19 13 14 6",
  "15 5 6 5 6 5 6x3 5 7x2 6x3 5 6 7 6 5x2 6 7x5 15 11 14 13 28",
  "20 22 20x2 22x3 23 22 23x5 24 23 24x2 22 23 24 23x4 21 22 23 22 23x2 24",
  "22 21 20 22x2 23x2 21 23 22x2 24 21 22 23x2 21x2 22 21 23 22 23x2 20 22x3 23 22x2 23",
  "26x2 20 19 22 23 22 25 26x3 27x2 26 24 25 19 21 26 27x2 26 27 24 21x2 26x2 28 27x3",
  "20 24 20 21 22 21x2 23 22x2 25x2 24x2 26 23 26 27 26x2 27x5 28 27x5 26 30",
]
  .join(" ")
  .split(" ")
  .flatMap((run) => {
    const [bits = "", times = "1"] = run.split("x");
    return Array.from({ length: Number(times) }, () => Number(bits));
  });

const eos = 256;
const codes = canonicalCodes();
/** Node n's children are at 2n and 2n + 1: another node, or ~symbol. */
const tree = grownTree();

/** Bytes that `text`, each character of it one byte, takes when encoded. */
export function huffmanLength(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at += 1) bits += lengths[text.charCodeAt(at) & 0xff] ?? 0;
  return (bits + 7) >>> 3;
}

/** Encodes `text` at `at` and returns the end. The bytes are there: see `huffmanLength`. */
export function huffmanEncode(text: string, bytes: Uint8Array, at: number): number {
  let end = at;
  let pending = 0;
  let bits = 0;
  for (let index = 0; index < text.length; index += 1) {
    const symbol = text.charCodeAt(index) & 0xff;
    let left = lengths[symbol] ?? 0;
    const code = codes[symbol] ?? 0;
    while (left > 0) {
      const taken = Math.min(8 - bits, left);
      left -= taken;
      pending = (pending << taken) | ((code >>> left) & (2 ** taken - 1));
      bits += taken;
      if (bits < 8) continue;
      bytes[end++] = pending;
      pending = 0;
      bits = 0;
    }
  }
  // Filled up with the beginning of EOS: ones.
  if (bits > 0) bytes[end++] = (pending << (8 - bits)) | (0xff >>> bits);
  return end;
}

/** The text of `bytes[from … end)`, or undefined where it is not of the code: EOS within, or padding that is not its beginning. */
export function huffmanDecode(bytes: Uint8Array, from: number, end: number): string | undefined {
  const decoded = Buffer.allocUnsafe(Math.ceil(((end - from) * 8) / 5));
  let length = 0;
  let node = 0;
  let bitsSince = 0;
  let onesSince = true;
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    for (let bit = 7; bit >= 0; bit -= 1) {
      const one = (byte >>> bit) & 1;
      const next = tree[2 * node + one] ?? 0;
      bitsSince += 1;
      if (one === 0) onesSince = false;
      if (next >= 0) {
        node = next;
        continue;
      }
      if (~next === eos) return undefined;
      decoded[length++] = ~next;
      node = 0;
      bitsSince = 0;
      onesSince = true;
    }
  }
  return bitsSince > 7 || !onesSince ? undefined : decoded.toString("latin1", 0, length);
}

function canonicalCodes(): Uint32Array {
  const made = new Uint32Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= 30; length += 1) {
    code *= 2;
    lengths.forEach((bits, symbol) => {
      if (bits === length) made[symbol] = code++;
    });
  }
  return made;
}

function grownTree(): Int16Array {
  const children = new Int16Array(2 * lengths.length);
  let nodes = 1;
  lengths.forEach((bits, symbol) => {
    let node = 0;
    for (let bit = bits - 1; bit > 0; bit -= 1) {
      const at = 2 * node + (((codes[symbol] ?? 0) >>> bit) & 1);
      if (children[at] === 0) children[at] = nodes++;
      node = children[at] ?? 0;
    }
    children[2 * node + ((codes[symbol] ?? 0) & 1)] = ~symbol;
  });
  return children;
}
