// How many of independent arrivals fall into a stretch where `mean` are expected: Poisson's distribution, drawn by its inverse.
// Only sums, products and quotients, which every machine rounds alike: a logarithm may differ in its last bit from one
// machine to the next, and then parts of one run would no longer be parts of one schedule.

/** Standard deviations to both sides of the mean that the table covers; what lies past them has a chance of 1e-19. */
const reach = 9;
const guideBits = 10;

export interface ArrivalsTable {
  /** The largest number it ever draws. */
  readonly countMax: number;
  /** `word`: 32 random bits. */
  draw(word: number): number;
}

export function arrivalsTable(mean: number): ArrivalsTable {
  const deviation = Math.ceil(reach * Math.sqrt(mean));
  const least = Math.max(0, mean - deviation);
  const upTo = cumulated(mean, least, mean + deviation);
  // Where the search begins, by the word's first bits: two steps on average.
  const guide = new Uint16Array(2 ** guideBits);
  for (let at = 0, place = 0; place < guide.length; place += 1) {
    while ((upTo[at] ?? 1) <= place / guide.length) at += 1;
    guide[place] = at;
  }
  return {
    countMax: mean + deviation,
    draw(word) {
      const chance = (word + 0.5) / 2 ** 32;
      let at = guide[word >>> (32 - guideBits)] ?? 0;
      while ((upTo[at] ?? 1) <= chance) at += 1;
      return least + at;
    },
  };
}

/** The chance of at most `least`, `least` + 1 … `most` arrivals. */
function cumulated(mean: number, least: number, most: number): Float64Array {
  const chances = new Float64Array(most - least + 1);
  chances[mean - least] = 1;
  for (let count = mean + 1; count <= most; count += 1)
    chances[count - least] = ((chances[count - 1 - least] ?? 0) * mean) / count;
  for (let count = mean - 1; count >= least; count -= 1)
    chances[count - least] = ((chances[count + 1 - least] ?? 0) * (count + 1)) / mean;
  const all = chances.reduce((sum, chance) => sum + chance, 0);
  let sum = 0;
  return chances.map((chance) => (sum += chance) / all);
}
