// In which order the runs of a campaign are carried out. Pure. Whatever drifts while they run (a host that warms up, a neighbour,
// the time of day) must not fall on one variant more than on another: every variant runs once before any runs twice, and the sides
// of a comparison are interleaved in randomised ABBA blocks (Kalibera & Jones 2013; statistics reference 2.3).

export interface OrderedStep<T> {
  readonly of: T;
  readonly side: "baseline" | "candidate" | null;
}

/** The two variants of one stratum of a comparison. */
export interface Pair<T> {
  readonly baseline: T;
  readonly candidate: T;
}

/** In rounds: each once, in the given order, then each a second time. */
export function inRounds<T>(variants: readonly T[], repeats: number): readonly OrderedStep<T>[] {
  return Array.from({ length: repeats }, () => variants).flatMap((round) =>
    round.map((of) => ({ of, side: null })),
  );
}

/**
 * Each stratum runs block after block, AB BA or BA AB as `random` (0 … 1) says, so that its k-th baseline run and its k-th candidate
 * run are neighbours: a pair. An odd last pair is a block of its own. The strata take turns, in a new random order each round.
 */
export function interleaved<T>(
  strata: readonly Pair<T>[],
  runsEach: number,
  random: () => number,
): readonly OrderedStep<T>[] {
  const steps: OrderedStep<T>[] = [];
  for (let done = 0; done < runsEach; done += pairsPerBlock) {
    const pairs = Math.min(pairsPerBlock, runsEach - done);
    for (const stratum of shuffled(strata, random)) steps.push(...block(stratum, pairs, random));
  }
  return steps;
}

const pairsPerBlock = 2;

function block<T>(
  { baseline, candidate }: Pair<T>,
  pairs: number,
  random: () => number,
): OrderedStep<T>[] {
  const a = { of: baseline, side: "baseline" } as const;
  const b = { of: candidate, side: "candidate" } as const;
  const four = random() < 0.5 ? [a, b, b, a] : [b, a, a, b];
  return four.slice(0, 2 * pairs);
}

/** By a random key each. */
function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, key: random() }))
    .toSorted((one, other) => one.key - other.key)
    .map(({ item }) => item);
}
