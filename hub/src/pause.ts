// Waiting that ends early when there is something else to do.
import { setTimeout as delay } from "node:timers/promises";

/** Resolves after `ms`, at once for none, or as soon as one of the signals is aborted. */
export async function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  if (ms <= 0) return;
  const signal = AbortSignal.any([...signals]);
  // An abort rejects the delay, and is what was waited for.
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

/** What `promise` resolves to, or undefined as soon as the signal is aborted. */
export async function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const stop = () => resolve(undefined);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
