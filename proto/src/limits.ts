// Every bound of the contract. A bound that bites moves a counter on the side that enforces it.

/** The hub refuses what is larger before it looks inside. */
export const wireLimits = {
  /** One NATS message, bytes. The broker's own max_payload is set to the same. */
  messageBytesMax: 1_048_576,
  /** A frame's body after inflating, bytes: what a decompression bomb can cost. */
  bodyBytesMax: 8_388_608,
  /** Series in one agent's table. */
  seriesMax: 10_000,
  /** Ticks in one batch. */
  ticksMax: 600,
  /** Seconds from tick to tick. */
  stepSecondsMax: 3_600,
  /** Labels of a series, and the length of their keys and values in UTF-16 units. */
  labelsMax: 16,
  labelKeyLengthMax: 64,
  labelValueLengthMax: 256,
  metricNameLengthMax: 128,
  /** Largest scaled integer: |value × 10^decimals|. Deltas of two such stay exact in a double. */
  scaledMax: 2 ** 52 - 1,
  decimalsMax: 9,
  /**
   * What is from further in the future than this is refused: the agent's clock is wrong. Well below the commonest step, one
   * hour: let in, it would fill the next hour's seconds, where the first batch wins and the true samples would lose.
   */
  futureSecondsMax: 1_800,
  /** A batch older than this is refused: no outbox keeps data so long. */
  pastSecondsMax: 7 * 86_400,
} as const;

/** What one load run may ask for at all; an agent's own policy is usually far below. */
export const loadLimits = {
  ratePerSecondMax: 1_000_000,
  connectionsMax: 10_000,
  durationMsMax: 24 * 3_600_000,
  timeoutMsMax: 600_000,
  headersMax: 64,
  headerNameLengthMax: 256,
  headerValueLengthMax: 8_192,
  bodyLengthMax: 1_000_000,
  urlLengthMax: 2_048,
  stagesMax: 100,
  thinkMsMax: 600_000,
  /** Requests of a weighted list, and characters of a data feed. */
  requestsMax: 100,
  feedLengthMax: 400_000,
  expectedBodyLengthMax: 1_024,
  redirectsMax: 10,
  streamsMax: 1_000,
  workersMax: 64,
  warmupMsMax: 600_000,
  /** Agents of one run, and the parts of one schedule: agents times workers. */
  agentsMax: 100,
  sharesMax: 6_400,
  /** Due requests waiting for an idle connection; past it they are dropped and counted. */
  backlogMax: 1_000_000,
} as const;

/** What one HTTP request may ask of the hub. */
export const apiLimits = {
  bodyBytesMax: 2_097_152,
  pageItemsMax: 1_000,
  queryMetricsMax: 32,
  queryPointsMax: 11_000,
  querySeriesMax: 2_000,
  topMax: 100,
  liveStreamsMax: 200,
} as const;
