// Waiting for what another process does: looks again and again until it is so, or says what never came about.
import { setTimeout as delay } from "node:timers/promises";

const lookMs = 50;

/** The first answer of `look` that is neither undefined nor false; throws past `timeoutMs`, naming `what` and the last failure. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 90_000,
): Promise<T> {
  const endMs = performance.now() + timeoutMs;
  let failure: unknown;
  while (performance.now() < endMs) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      failure = undefined;
    } catch (cause) {
      // A program that is being killed answers nothing; the deadline decides.
      failure = cause;
    }
    await delay(lookMs);
  }
  throw new Error(`${what} did not come about in ${timeoutMs} ms`, { cause: failure });
}
