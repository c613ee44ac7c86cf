// Slows guessing: so many attempts a minute for each key, in a bounded store. Attempts count whether they succeed or not,
// so that the answer does not say which it was.
import { isIPv6 } from "node:net";
import type { FastifyRequest } from "fastify";
import { RequestRefused } from "../errors.ts";
import type { App } from "./deps.ts";

/** Throws `too-many-requests` past the limit. */
type AttemptCheck = (request: FastifyRequest, key: string) => Promise<void>;

/** A check of at most `perMinute` attempts with one key. */
export function attemptLimit(app: App, perMinute: number): AttemptCheck {
  const keys = new WeakMap<FastifyRequest, string>();
  const limit = app.createRateLimit({
    max: perMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => keys.get(request) ?? "",
  });
  return async (request, key) => {
    keys.set(request, key);
    const outcome = await limit(request);
    if (outcome.isAllowed || !outcome.isExceeded) return;
    throw new RequestRefused(
      "too-many-requests",
      `too many attempts; try again in ${outcome.ttlInSeconds} s`,
      { retryAfterSeconds: outcome.ttlInSeconds },
    );
  };
}

/** Whoever has one IPv6 address has the other 2^64 of its network too. */
export function addressKey(ip: string): string {
  if (!isIPv6(ip) || ip.includes(".")) return ip;
  const [head = "", tail] = ip.split("::");
  const first = head.split(":");
  const last = tail === undefined ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  return [...first, ...zeros, ...last]
    .slice(0, 4)
    .map((part) => part || "0")
    .join(":");
}

/** Names that sign in as the same user count as one. */
export const userKey = (user: string): string => user.normalize("NFKC");
