// Secrets the hub gives out: 256 random bits, kept as a SHA-256. A slow hash would protect nothing, since such a secret cannot
// be guessed; a look-up by hash leaks no more by its timing than the hash of what the caller already sent.
import { createHash, randomBytes } from "node:crypto";

/** `prefix` and 43 characters of base64url. */
export function newSecret(prefix = ""): string {
  return `${prefix}${randomBytes(32).toString("base64url")}`;
}

/** 43 characters of base64url: also a bucket's key. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
