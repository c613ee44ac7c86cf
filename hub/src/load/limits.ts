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
  /** A part nothing is heard of for so long has ended: without its lease three times over. Its final may still come. */
  silentMs: 20_000,
  /** An agent that no longer knows the run has sent its final, or never will. */
  forgottenMs: 15_000,
  /** Past the planned end by this much without a final. */
  overdueMs: 90_000,
  /** Clocks are asked this often, one after the other; the quickest answer counts. */
  clockAsks: 4,
  clockAnswerMs: 1_000,
  /** An agent whose clock is known no better, or is off by more, takes no part in a run of several. */
  clockUncertaintyMsMax: 250,
  clockAheadMsMax: 30_000,
  /** A clock known no better than this is said with the result. */
  clockUncertainMs: 50,
  /** First requests further apart than this are said with the result. */
  startedApartMs: 100,
  /** From the hub's word to the common first request, and how long before it every agent must have answered: time for a cancel. */
  startLeadMs: 2_000,
  startMarginMs: 600,
  /** How long a second of a run waits, live, for the agents that have not reported it. */
  mergeWaitMs: 2_500,
  /** How often it is looked whether one has. */
  mergeLookMs: 500,
  /** Seconds of a run that may wait so. */
  mergeWaitingMax: 64,
  /** A tried request takes its plan's timeout, at most this, and the agent's answer a little more. */
  triedTimeoutMsMax: 20_000,
  triedAnswerMs: 5_000,
  /** Agents' parts held in memory, 70 MB: those under way and those whose late intervals may still arrive. */
  knownPartsMax: 256,
  /** Runs under way at once, all agents together. */
  activeRunsMax: 500,
  /** How soon a search whose end could not be stored tries again. */
  searchRetryMs: 2_000,
  resultsPerInsertMax: 500,
  flushEveryMs: 200,
} as const;
