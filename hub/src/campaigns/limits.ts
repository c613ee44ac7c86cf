// Bounds of campaigns.

/** A test brings its own of some. */
export type CampaignLimits = Readonly<Record<keyof typeof campaignLimits, number>>;

export const campaignLimits = {
  /** Campaigns that have not ended; one more is refused. */
  unendedMax: 200,
  /** Consecutive runs that did not complete: nothing more is tried. */
  failuresMax: 3,
  /** How long a step waits for agents or a target that another run holds. */
  patienceMs: 15 * 60_000,
  /** How long it waits for an agent that is not there: its connection, or this hub, may just have come back. */
  awayMs: 30_000,
  /** How long after the hub's start no new run begins: agents beat every 5 s, and before that nobody is known. */
  settleMs: 7_000,
  /** From its first look to the next ones, doubling. */
  lookAgainMs: 1_000,
  lookAgainMsMax: 20_000,
  /** Runs that agents took and refused as busy, for one step. */
  attemptsMax: 5,
  /** How soon something that could not be stored is tried again. */
  storeAgainMs: 2_000,
  /** How often the leader looks for campaigns that other hubs have stored. */
  lookMs: 5_000,
  /** How long a cancel waits for the campaign's end before it answers with the campaign as it is. */
  cancelWaitMs: 3_000,
  /** Between the end of a run and the next one's first request: its agents are asked, their clocks compared. */
  gapMs: 3_000,
  /** How long the end of a campaign waits for its runs to be judged. */
  judgedWaitMs: 120_000,
  /** From then to the verdicts: a run is judged again once its hosts' last samples are there, see evidence/judging.ts. */
  settledMs: 32_000,
  /** Runs of each side of a rerun. */
  rerunRunsEach: 5,
  /** The same two releases are not rerun again within this time. */
  rerunAgainMs: 86_400_000,
  /** Runs of the last day in which a hub that begins to lead looks for suspect ones that nobody followed. */
  caughtUpMax: 1_000,
  /** Runs of a profile looked through for the release before. */
  historyMax: 200,
} as const;
