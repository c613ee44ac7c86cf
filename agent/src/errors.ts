// One class per reaction. `main.ts` prints the message and exits with 1 for each of these; anything else is a bug and shows its stack.

/** The configuration has faults; all of them, each naming the variable, flag or field. */
export class ConfigRejected extends Error {
  override readonly name = "ConfigRejected";
  readonly code = "config-rejected";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the configuration has ${faults.length === 1 ? "a fault" : `${faults.length} faults`}`);
    this.faults = faults;
  }
}

/** There is no identity, or it cannot be used: the host must be enrolled. */
export class IdentityRejected extends Error {
  override readonly name = "IdentityRejected";
  readonly code = "identity-rejected";
}

/** The hub did not enrol this host; the message says why and what to do. */
export class EnrolmentFailed extends Error {
  override readonly name = "EnrolmentFailed";
  readonly code = "enrolment-failed";
}
