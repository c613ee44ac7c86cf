// How quickly something can be done, on a machine that does other things as well.

const triesMax = 5;

/** The least that any of up to five attempts took, ms; the first below `boundMs` is the last. Other work makes one slower, never faster. */
export async function atBest(boundMs: number, attempt: () => Promise<number>): Promise<number> {
  let leastMs = Infinity;
  for (let tries = 0; tries < triesMax && leastMs >= boundMs; tries += 1)
    leastMs = Math.min(leastMs, await attempt());
  return leastMs;
}
