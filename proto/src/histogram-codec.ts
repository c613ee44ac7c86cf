// HdrHistogram's own wire formats, so that every HDR tool can read what an agent recorded: the V2 encoding (cookie
// 0x1c849303, ZigZag-LEB128 counts, zero runs as negative numbers) and its compressed envelope (0x1c849304, zlib).
// Source: HdrHistogram's EncodableHistogram / AbstractHistogram.encodeIntoByteBuffer (V2).
import { ByteReader, ByteWriter, MalformedBytes } from "./bytes.ts";
import { Histogram, highestMicros, significantDigits, slotCount } from "./histogram.ts";

const cookieV2 = 0x1c849303 | 0x10;
const cookieV2Compressed = 0x1c849304 | 0x10;
const headerBytes = 40;

/** zlib (RFC 1950), handed in so that this file runs in a browser. */
export type Zlib = (body: Uint8Array) => Uint8Array;

/** The uncompressed V2 encoding. */
export function encodeHistogramV2(histogram: Histogram): Uint8Array {
  const { first, last } = histogram.usedSlots;
  const payload = new ByteWriter(256);
  let zeros = last < first ? 0 : first;
  for (let slot = first; slot <= last; slot += 1) {
    const count = histogram.counts[slot] ?? 0;
    if (count === 0) {
      zeros += 1;
      continue;
    }
    if (zeros > 0) payload.zigzag(-zeros);
    zeros = 0;
    payload.zigzag(count);
  }
  const bytes = new Uint8Array(headerBytes + payload.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, cookieV2);
  view.setInt32(4, payload.length);
  view.setInt32(8, 0); // normalizing index offset
  view.setInt32(12, significantDigits);
  view.setBigInt64(16, 1n); // lowest discernible value
  view.setBigInt64(24, BigInt(highestMicros));
  view.setFloat64(32, 1); // integer-to-double conversion ratio
  bytes.set(payload.bytes(), headerBytes);
  return bytes;
}

/** The V2 compressed envelope: cookie, length, zlib of the V2 encoding. */
export function encodeHistogram(histogram: Histogram, zlib: Zlib): Uint8Array {
  const packed = zlib(encodeHistogramV2(histogram));
  const bytes = new Uint8Array(8 + packed.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, cookieV2Compressed);
  view.setInt32(4, packed.length);
  bytes.set(packed, 8);
  return bytes;
}

/** Decodes either form. `inflate` is zlib and must bound its output; throws MalformedBytes with the reason. Min, max and sum are bucket-exact only. */
export function decodeHistogram(
  bytes: Uint8Array,
  inflate: (bytes: Uint8Array, bytesMax: number) => Uint8Array,
): Histogram {
  if (bytes.length < 8) throw new MalformedBytes(`a histogram of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getInt32(0) !== cookieV2Compressed) return decodeV2(bytes);
  const length = view.getInt32(4);
  if (length < 0 || length > bytes.length - 8)
    throw new MalformedBytes(`a histogram of ${length} compressed bytes in ${bytes.length}`);
  let body: Uint8Array;
  try {
    body = inflate(bytes.subarray(8, 8 + length), headerBytes + slotCount * 9);
  } catch (cause) {
    throw new MalformedBytes("the histogram does not inflate within its bound", { cause });
  }
  return decodeV2(body);
}

function decodeV2(bytes: Uint8Array): Histogram {
  if (bytes.length < headerBytes) throw new MalformedBytes("the histogram's header is truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getInt32(0) !== cookieV2)
    throw new MalformedBytes(`histogram cookie 0x${view.getUint32(0).toString(16)} is not V2`);
  const digits = view.getInt32(12);
  const lowest = view.getBigInt64(16);
  const offset = view.getInt32(8);
  // hdr-histogram-js always writes an offset of 1, and the ratio as the integer 1; its counts are not shifted.
  const offsetMeansNothing = offset === 1 && view.getBigInt64(32) === 1n;
  if (offset !== 0 && !offsetMeansNothing)
    throw new MalformedBytes(`a histogram shifted by ${offset} slots`);
  if (digits !== significantDigits || lowest !== 1n)
    throw new MalformedBytes(`a histogram of ${digits} digits from ${lowest}, not 3 from 1`);
  const length = view.getInt32(4);
  if (length < 0 || length > bytes.length - headerBytes)
    throw new MalformedBytes(`${length} bytes of counts announced`);
  const reader = new ByteReader(bytes.subarray(headerBytes, headerBytes + length));
  const histogram = new Histogram();
  let slot = 0;
  while (reader.remaining > 0) {
    const count = reader.zigzag();
    if (count < 0) slot -= count;
    else {
      if (slot >= slotCount || count > 0xffff_ffff)
        throw new MalformedBytes(`a count of ${count} in slot ${slot}`);
      histogram.addSlot(slot, count);
      slot += 1;
    }
  }
  return histogram;
}
