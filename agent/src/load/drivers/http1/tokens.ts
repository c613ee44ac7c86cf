// What HTTP/1.1 is written in, as bytes: no strings are made of what a server sends.

export const [lf, cr, space, tab, colon, semicolon] = [10, 13, 32, 9, 58, 59] as const;
const [comma, zero, nine] = [44, 48, 57] as const;

export function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab;
}

export function matches(bytes: Uint8Array, from: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1)
    if (bytes[from + index] !== wanted[index]) return false;
  return true;
}

export function equalsLowered(bytes: Uint8Array, from: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    const byte = bytes[from + index] ?? 0;
    const lowered = byte >= 65 && byte <= 90 ? byte | 0x20 : byte;
    if (lowered !== wanted[index]) return false;
  }
  return true;
}

/** Whether a comma-separated list holds `wanted` as a whole token. */
export function hasToken(
  bytes: Uint8Array,
  from: number,
  end: number,
  wanted: Uint8Array,
): boolean {
  let at = from;
  while (at < end) {
    while (at < end && (isBlank(bytes[at]) || bytes[at] === comma)) at += 1;
    let stop = at;
    while (
      stop < end &&
      bytes[stop] !== comma &&
      bytes[stop] !== semicolon &&
      !isBlank(bytes[stop])
    )
      stop += 1;
    if (stop - at === wanted.length && equalsLowered(bytes, at, wanted)) return true;
    while (stop < end && bytes[stop] !== comma) stop += 1;
    at = stop;
  }
  return false;
}

/** An unsigned decimal, or -1 when a byte is not a digit. */
export function decimal(bytes: Uint8Array, from: number, end: number): number {
  let value = 0;
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < zero || byte > nine) return -1;
    value = value * 10 + (byte - zero);
  }
  return value;
}

export function hexDigit(byte: number): number {
  if (byte >= zero && byte <= nine) return byte - zero;
  const lowered = byte | 0x20;
  return lowered >= 97 && lowered <= 102 ? lowered - 87 : -1;
}
