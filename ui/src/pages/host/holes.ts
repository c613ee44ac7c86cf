// Messages that the hub lacks although later ones are there: on their way from an outbox that catches up, or really missing.
// The hub counts both alike; what tells them apart is that the first grow fewer.

export interface Holes {
  readonly count: number;
  /** When there were last fewer than before, or the first were seen, Unix ms. */
  readonly movedAtMs: number;
}

/** The hub itself waits 20 s before it asks for a hole again; the count comes every 10 s. */
const settleMs = 30_000;

/** What is known after one more count. */
export function followHoles(before: Holes | undefined, count: number, nowMs: number): Holes {
  const isMoving = before === undefined || before.count === 0 || count < before.count;
  return { count, movedAtMs: isMoving ? nowMs : before.movedAtMs };
}

export const isCatchingUp = ({ count, movedAtMs }: Holes, nowMs: number): boolean =>
  count > 0 && nowMs - movedAtMs < settleMs;
