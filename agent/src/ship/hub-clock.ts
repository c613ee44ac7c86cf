// The hub's clock as seen from here, by round trips as NTP does it: the shortest of the recent trips is the truest. Kept against
// the monotonic clock, so a local clock that steps is seen at once and does not spoil what was learnt.

export interface HubClock {
  /** A beat that left at `sentMs` and was answered at `receivedMs` (both monotonic), stamped `hubMs` by the hub. */
  readonly answered: (sentMs: number, receivedMs: number, hubMs: number) => void;
  /** Unix ms at the hub; `undefined` before the first answer. */
  readonly hubNowMs: () => number | undefined;
  /** Hub clock minus this host's clock, ms; `undefined` before the first answer. */
  readonly offsetMs: () => number | undefined;
  /** Of the last answered beat. */
  readonly roundTripMs: () => number | undefined;
}

/** Round trips remembered: 40 s of beats, over which the drift of two crystals stays below a millisecond or two. */
const samplesKept = 8;

export function createHubClock(clock: { now: () => number; monotonicMs: () => number }): HubClock {
  let samples: { readonly hubAhead: number; readonly roundTripMs: number }[] = [];
  const best = () =>
    samples.reduce<(typeof samples)[number] | undefined>(
      (least, sample) =>
        least === undefined || sample.roundTripMs < least.roundTripMs ? sample : least,
      undefined,
    );
  const hubNowMs = () => {
    const sample = best();
    return sample === undefined ? undefined : clock.monotonicMs() + sample.hubAhead;
  };
  return {
    answered(sentMs, receivedMs, hubMs) {
      const roundTripMs = Math.max(0, receivedMs - sentMs);
      const hubAhead = hubMs - (sentMs + roundTripMs / 2);
      const known = best();
      // A hub clock that moved by more than the trips explain was set: what was learnt before is about another clock.
      const doubt = known === undefined ? 0 : known.roundTripMs + roundTripMs + 1_000;
      if (known !== undefined && Math.abs(known.hubAhead - hubAhead) > doubt) samples = [];
      samples = [...samples.slice(1 - samplesKept), { hubAhead, roundTripMs }];
    },
    hubNowMs,
    offsetMs() {
      const hubMs = hubNowMs();
      return hubMs === undefined ? undefined : hubMs - clock.now();
    },
    roundTripMs: () => samples.at(-1)?.roundTripMs,
  };
}
