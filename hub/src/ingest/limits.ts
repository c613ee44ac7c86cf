// Every bound of ingest. Each that bites moves a counter: a rejection, a duplicate, or a wait.
export const ingestLimits = {
  /** A block is cut at whichever comes first. Rows: one insert of about 100 ms. */
  blockRowsMax: 200_000,
  blockMessagesMax: 2_048,
  blockBytesMax: 16_777_216,
  /** Ms from a block's first message to its cut: what a live chart waits for at most. */
  blockAgeMs: 400,
  /** Values (series × ticks) of one batch: a few kilobytes of constant columns could ask for far more memory. */
  batchValuesMax: 1_000_000,
  /** Messages read ahead of the block being made. */
  readAheadMessages: 256,
  /** Distinct series (metric, labels, unit, kind) of the whole fleet: the directory is in memory, about 500 B each. */
  fleetSeriesMax: 200_000,
  /** Distinct series one agent may have brought since the hub started or its tables were loaded. */
  agentSeriesMax: 20_000,
  /** Series tables of one agent that are held in memory; an older one is asked for again. */
  agentTablesMax: 64,
  /** New series tables one agent may bring in an hour. */
  agentTablesPerHourMax: 600,
  /** Batches kept aside until their series table arrives: per agent, and bytes in all. */
  parkedPerAgentMax: 512,
  parkedBytesMax: 134_217_728,
  /** Parked batches that join one block once their table is there. */
  unparkedPerBlockMax: 64,
  /** Ranges of one ledger entry; past it the oldest hole is given up. */
  rangesMax: 1_024,
  /** Lives (boots) of one agent, and tables of one agent, whose ranges are remembered. */
  ledgerKeysPerHostMax: 256,
  /** Ms between two requests for the same series table. */
  askAgainMs: 30_000,
  /** Ms between two purges of what is stored from the broker's stream. */
  purgeEveryMs: 5_000,
  /** Ms from one attempt to write a block to the next, growing to the maximum. */
  retryMs: 250,
  retryMsMax: 15_000,
  /** Ms of work after which other work of the process gets its turn. */
  sliceMs: 8,
} as const;
