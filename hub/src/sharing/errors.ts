// Why the sharing does not do what somebody asked: one class for each answer the routes give.

/** The catalogue that was shown is no longer the one in force: show it again, and ask again. */
export class SharingConflict extends Error {
  override readonly name = "SharingConflict";
  readonly code = "sharing-conflict";
}

/** Nothing may leave, by the configuration or by DO_NOT_TRACK: so there is nothing to agree to. */
export class SharingLocked extends Error {
  override readonly name = "SharingLocked";
  readonly code = "sharing-locked";
}
