// Bounds of the load engine on the agent's side; what a run may ask for at all stands in proto's loadLimits.

export const engineLimits = {
  /** One read of any socket; every connection of a generator shares the buffer. */
  readBufferBytes: 65_536,
  /** Status line, headers, interim responses and trailers of one response together; past it the response is malformed. */
  responseHeadBytesMax: 65_536,
  /** One WebSocket message, all its fragments together; past it the connection is malformed. */
  messageBytesMax: 16_777_216,
  /** Responses and connection attempts are looked at for their timeout this often, or 1/16 of it when that is longer. */
  sweepMsMin: 5,
  sweepMsMax: 100,
  /** Other hosts that the redirects of one run may lead to; each is judged, and looked up, once. */
  redirectOriginsMax: 64,
  /** Different remarks of one worker; as many as a result holds. */
  remarksMax: 32,
  /** Length of one reported interval. */
  intervalMs: 1_000,
  /** Names are resolved, and the first address that answers is found, within this. */
  resolveTimeoutMs: 3_000,
  probeTimeoutMs: 1_000,
  /** A run that was never leased ends after this. */
  firstLeaseMs: 10_000,
  /** How long a generator may take to hand over its last interval once it was told to stop. */
  stopGraceMs: 500,
  /** How long workers may take to be ready for a run that begins when they are. */
  prepareMs: 10_000,
  /** Past the planned end by this much, a generator is taken for hung and is terminated. */
  overrunMs: 5_000,
  /** The kill switch is looked for this often while a run is on. */
  killSwitchPollMs: 250,
  /** So is the policy. */
  policyPollMs: 1_000,
  /** A run without a start instant begins this much after all its workers are ready, so that each hears of it in time. */
  startLeadMs: 10,
  /** A client of a closed loop whose request failed waits at least this long: a dead target must not be asked in a spin. */
  failedClientPauseMs: 100,
  policyBytesMax: 65_536,
  secretsBytesMax: 1_048_576,
  /** A common start lies this far ahead at most. */
  startAheadMsMax: 60_000,
  /** A request that is tried gets this long whatever its plan says, and its thread a little more before it is terminated. */
  tryTimeoutMsMax: 10_000,
  tryGraceMs: 5_000,
} as const;
