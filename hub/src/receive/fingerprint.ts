// How a report is remembered without being kept: 64 bits of a hash of its key, 64 of a hash of key and text together. The key goes
// into both, since the few texts that there are could be tried out one by one; nobody can try out keys.
import { createHash } from "node:crypto";

/** Halves of two little-endian 64-bit numbers. */
export interface Fingerprint {
  readonly keyLow: number;
  readonly keyHigh: number;
  readonly textLow: number;
  readonly textHigh: number;
}

/** `publicKey`: 43 characters; `textSha256`: 64. */
export function fingerprintOf(publicKey: string, textSha256: string): Fingerprint {
  const key = createHash("sha256").update(publicKey).digest();
  const text = createHash("sha256").update(publicKey).update(textSha256).digest();
  return {
    keyLow: key.readUInt32LE(0),
    keyHigh: key.readUInt32LE(4),
    textLow: text.readUInt32LE(0),
    textHigh: text.readUInt32LE(4),
  };
}

/** The same in ClickHouse, of a row of `shared_reports`. */
export const fingerprintSql = {
  key: "reinterpretAsUInt64(substring(SHA256(toString(public_key)), 1, 8))",
  text: "reinterpretAsUInt64(substring(SHA256(concat(toString(public_key), toString(text_sha256))), 1, 8))",
} as const;
