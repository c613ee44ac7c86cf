// Random numbers from a seed, the same on every machine: Doty-Humphrey's sfc32 (PractRand), period about 2^127.

const warmUpRounds = 12;

/** Uniform on [0, 1) in steps of 2^-32. Of the seed its lower 32 bits count. */
export function seededRandom(seed: number): () => number {
  let a = 0;
  let b = seed | 0;
  let c = 0x9e37_79b9 | 0;
  let counter = 1;
  const next = () => {
    const word = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    return (word >>> 0) / 2 ** 32;
  };
  // The first rounds spread the seed over the whole state.
  for (let round = 0; round < warmUpRounds; round += 1) next();
  return next;
}
