// HPACK's integers (RFC 7541 5.1): a prefix of some bits, then groups of seven.

/** Writes `value` with a prefix of `bits` under `pattern` and returns the end. */
export function writeInteger(
  bytes: Uint8Array,
  at: number,
  bits: number,
  pattern: number,
  value: number,
): number {
  const most = 2 ** bits - 1;
  if (value < most) {
    bytes[at] = pattern | value;
    return at + 1;
  }
  bytes[at] = pattern | most;
  let end = at + 1;
  let left = value - most;
  for (; left >= 128; left = Math.floor(left / 128)) bytes[end++] = (left & 127) | 128;
  bytes[end++] = left;
  return end;
}
