// Bounds of the hub's side of load tests.

export const runLimits = {
  /** Leases are renewed this often, for this long: an agent that loses its hub stops within the latter. */
  leaseEveryMs: 2_000,
  leaseTtlMs: 6_000,
  leaseAnswerMs: 1_500,
  /** An agent resolves the target and may probe its addresses before it answers. */
  startAnswerMs: 8_000,
  cancelAnswerMs: 2_000,
  /** How long a cancel waits for the run's end before it answers with the run as it is. */
  cancelWaitMs: 1_500,
  /** How long a revocation waits for the agent to take the cancel of its run. */
  revokeAnswerMs: 500,
  /** A run nothing is heard of for so long has ended one way or another; its final may still come. */
  silentMs: 60_000,
  /** An agent that no longer knows the run has sent its final, or never will. */
  forgottenMs: 15_000,
  /** Past the planned end by this much without a final. */
  overdueMs: 90_000,
  /** Runs held in memory: those under way and those whose late intervals may still arrive. */
  knownRunsMax: 1_000,
  /** Runs under way at once, all agents together. */
  activeRunsMax: 500,
  resultsPerInsertMax: 500,
  flushEveryMs: 200,
} as const;
