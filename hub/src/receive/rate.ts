// How many requests an address may send: a bucket of tokens for each, found by a hash of the address under a salt that lives in memory
// alone and changes every hour. No address is kept, not even for that hour.
import { createHmac, randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import { receiveLimits } from "./limits.ts";

export interface RateOptions {
  readonly perMinute: number;
  readonly now: () => number;
  /** An address was forgotten because there were too many. */
  readonly forgotten: () => void;
  readonly addressesMax?: number;
}

export interface RateLimit {
  /** Takes a token; false when the address has none left. */
  take(address: string): boolean;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** A bucket holds a minute's tokens: so many may come at once. */
export function rateLimit(options: RateOptions): RateLimit {
  const { perMinute, now, forgotten } = options;
  const addressesMax = options.addressesMax ?? receiveLimits.addressesMax;
  let salt = randomBytes(32);
  let saltedAtMs = now();
  const buckets = new Map<string, Bucket>();

  return {
    take(address) {
      const nowMs = now();
      if (nowMs - saltedAtMs >= receiveLimits.saltMs) {
        salt = randomBytes(32);
        saltedAtMs = nowMs;
        buckets.clear();
      }
      const key = createHmac("sha256", salt).update(networkOf(address)).digest("latin1");
      const known = buckets.get(key);
      // Moved to the end, so that the map's first entry is the one seen longest ago.
      if (known !== undefined) buckets.delete(key);
      else if (buckets.size >= addressesMax) {
        const [oldest] = buckets.keys();
        if (oldest !== undefined) buckets.delete(oldest);
        forgotten();
      }
      const bucket = known ?? { tokens: perMinute, atMs: nowMs };
      const gained = (Math.max(0, nowMs - bucket.atMs) * perMinute) / 60_000;
      bucket.tokens = Math.min(perMinute, bucket.tokens + gained);
      bucket.atMs = nowMs;
      buckets.set(key, bucket);
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}

/** What counts as one sender: an IPv4 address, also as IPv6 writes it, or the /64 of an IPv6 address, which one host has whole. */
function networkOf(address: string): string {
  const [bare = ""] = address.split("%");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(bare) ? fullIPv6(bare).slice(0, 4).join(":") : bare;
}

/** Eight groups, without leading zeros. */
function fullIPv6(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const left = groupsOf(head);
  const right = tail === undefined ? [] : groupsOf(tail);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: zeros }, () => "0"), ...right];
}

const groupsOf = (text: string) =>
  text === "" ? [] : text.split(":").map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""));
