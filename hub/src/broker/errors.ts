/** What an operator can do about a broker that does not come up, or does not do what was asked. */
export type BrokerFault =
  /** nats-server is not installed or not on the PATH. */
  | "server-missing"
  /** nats-server started and ended again, or never answered. */
  | "server-failed"
  /** Another hub runs a broker on the same data folder. */
  | "data-in-use"
  /** The key file cannot be read, is not ours, or can be read by others. */
  | "keys-unusable"
  /** A connection without credentials was let in, or the test of it could not be made. */
  | "anonymous-access"
  /** The broker lets nobody be enrolled or revoked: a key was not supplied. */
  | "key-missing"
  /** The key is on the list of revoked keys, or that list is full. */
  | "revoked"
  /** The broker answered a change of claims with an error, or not at all. */
  | "claims-refused";

/** The message says what failed, on what, and what to do; it never holds a key or a token. */
export class BrokerFailed extends Error {
  override readonly name = "BrokerFailed";
  readonly code: BrokerFault;

  constructor(code: BrokerFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
