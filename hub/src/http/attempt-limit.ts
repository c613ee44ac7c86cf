// Slows guessing: so many attempts a minute for each key, in a bounded store. Attempts count whether they succeed or not,
// so that the answer does not say which it was.
import type { FastifyRequest } from "fastify";
import { RequestRefused } from "../errors.ts";
import type { App } from "./deps.ts";

/** A check that throws `too-many-requests` past `perMinute` attempts of one key. */
export function attemptLimit(
  app: App,
  perMinute: number,
  keyOf: (request: FastifyRequest, subject: string) => string,
): (request: FastifyRequest, subject: string) => Promise<void> {
  const subjects = new WeakMap<FastifyRequest, string>();
  const limit = app.createRateLimit({
    max: perMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => keyOf(request, subjects.get(request) ?? ""),
  });
  return async (request, subject) => {
    subjects.set(request, subject);
    const outcome = await limit(request);
    if (outcome.isAllowed || !outcome.isExceeded) return;
    throw new RequestRefused(
      "too-many-requests",
      `too many attempts; try again in ${outcome.ttlInSeconds} s`,
      { retryAfterSeconds: outcome.ttlInSeconds },
    );
  };
}
