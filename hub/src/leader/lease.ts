// The rules of the lease, as arithmetic on one hub's own monotonic clock: no hub ever compares its clock with another's. Pure.

/**
 * A leader stops acting `stepDownMs` after it sent its last renewal that was taken; another may take the lease `leaseMs` after it
 * saw that renewal, which is later. What lies between covers clocks that run at different speeds, by up to 30 %.
 * Handover: lookMs until the last renewal was seen + leaseMs + lookMs until it is noticed + one write ≤ 15 s.
 */
export const leaseTimes = {
  renewMs: 3_000,
  stepDownMs: 7_000,
  leaseMs: 10_000,
  /** How often the lease is looked at. */
  lookMs: 1_000,
} as const;

/** The lease as it was last read: its revision, and when this hub first saw that revision. */
export interface Sighting {
  readonly revision: number;
  readonly isReleased: boolean;
  readonly seenAt: number;
}

/** A lease this hub holds. */
export interface Holding {
  readonly term: number;
  readonly revision: number;
  /** When the last write that was taken was sent. */
  readonly renewedAt: number;
}

/** Whether it may still act on it. */
export function isHeld(holding: Holding | undefined, at: number): holding is Holding {
  return holding !== undefined && at - holding.renewedAt < leaseTimes.stepDownMs;
}

export function isDue(holding: Holding, at: number): boolean {
  return at - holding.renewedAt >= leaseTimes.renewMs;
}

/** Whether nobody can hold it any more. */
export function isFree(sighting: Sighting | undefined, at: number): boolean {
  if (sighting === undefined || sighting.isReleased) return true;
  return at - sighting.seenAt >= leaseTimes.leaseMs;
}

/** What is known after reading `revision` once more: a lease that did not change was seen when it first was. */
export function sighted(
  before: Sighting | undefined,
  revision: number,
  isReleased: boolean,
  at: number,
): Sighting {
  return before?.revision === revision ? before : { revision, isReleased, seenAt: at };
}
