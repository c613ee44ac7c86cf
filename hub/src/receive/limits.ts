// Every bound of the receiver that is no setting.

export const receiveLimits = {
  /** To receive a whole request, ms: longer than any honest one takes, and short for one that drips. */
  requestMs: 10_000,
  headersMs: 5_000,
  /** How often the two are looked at, ms. */
  checkMs: 1_000,
  headersBytesMax: 8_192,
  headersMax: 32,
  /** From one store of reports to the next at least, ms: many share one insert, and their order is lost in it. */
  flushMs: 250,
  /** Reports of one insert. */
  flushReportsMax: 5_000,
  /** Reports that wait to be stored; beyond it the answer is 503. Above what the connections allow by default. */
  pendingMax: 20_000,
  deletionsPendingMax: 1_000,
  /** What a report waits for the store before its sender is told to come again, ms; a sender waits 20 s. */
  storeMs: 15_000,
  /** Between tries of an insert that failed, ms. */
  retryMs: 1_000,
  /** Addresses that are counted at a time; the one that was seen longest ago goes first. */
  addressesMax: 100_000,
  /** The salt of their hashes changes, and all are forgotten. */
  saltMs: 3_600_000,
  /** Bytes of a bundle that is imported: its bodies in base64 and a little more. */
  bundleBytesMax: 4_000_000,
  catalogueBytesMax: 1_000_000,
  /** A stop that takes longer is cut short: what has no receipt comes again. */
  stopMs: 4_500,
} as const;
