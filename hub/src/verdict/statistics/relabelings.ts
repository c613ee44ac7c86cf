// All ways, or a fair sample of them, in which runs could have been dealt out to the two sides.
import { seededRandom } from "./random.ts";

/** Places of runs among which labels are exchanged, and how many of them are the candidate's. */
export interface Block {
  readonly places: Int32Array;
  readonly candidates: number;
}

/** Relabelings up to which all are visited, beyond which so many are drawn: 8 runs against 8 have 12,870. */
export const relabelingsMax = 20_000;

/**
 * Calls `visit` with the places of the candidate's runs, in an array that is used again. Returns whether all relabelings were
 * visited, the real one among them, or a sample of `relabelingsMax`.
 */
export function eachRelabeling(
  blocks: readonly Block[],
  seed: number,
  visit: (chosen: Int32Array) => void,
): { readonly visited: number; readonly isExact: boolean } {
  const visited = blocks.reduce(
    (product, { places, candidates }) => product * choices(places.length, candidates),
    1,
  );
  if (visited <= relabelingsMax) {
    eachChoice(blocks, visit);
    return { visited, isExact: true };
  }
  someChoices(blocks, seed, visit);
  return { visited: relabelingsMax, isExact: false };
}

/** Binomial coefficient; as a double exact far beyond `relabelingsMax`. */
function choices(all: number, some: number): number {
  let product = 1;
  for (let taken = 1; taken <= some; taken += 1) product = (product * (all - some + taken)) / taken;
  return Math.round(product);
}

function eachChoice(blocks: readonly Block[], visit: (chosen: Int32Array) => void): void {
  const chosen = new Int32Array(blocks.reduce((sum, { candidates }) => sum + candidates, 0));
  const fromBlock = (index: number, filled: number): void => {
    const block = blocks[index];
    if (block === undefined) visit(chosen);
    else pick(block, index, 0, filled, block.candidates);
  };
  const pick = (block: Block, index: number, first: number, filled: number, wanted: number) => {
    if (wanted === 0) {
      fromBlock(index + 1, filled);
      return;
    }
    for (let at = first; at <= block.places.length - wanted; at += 1) {
      chosen[filled] = block.places[at] ?? 0;
      pick(block, index, at + 1, filled + 1, wanted - 1);
    }
  };
  fromBlock(0, 0);
}

/** Fisher and Yates' shuffle, stopped when the candidate's places are dealt. */
function someChoices(
  blocks: readonly Block[],
  seed: number,
  visit: (chosen: Int32Array) => void,
): void {
  const random = seededRandom(seed);
  const decks = blocks.map(({ places, candidates }) => ({ deck: places.slice(), candidates }));
  const chosen = new Int32Array(blocks.reduce((sum, { candidates }) => sum + candidates, 0));
  for (let drawn = 0; drawn < relabelingsMax; drawn += 1) {
    let filled = 0;
    for (const { deck, candidates } of decks) {
      for (let dealt = 0; dealt < candidates; dealt += 1) {
        const from = dealt + Math.floor(random() * (deck.length - dealt));
        const place = deck[from] ?? 0;
        deck[from] = deck[dealt] ?? 0;
        deck[dealt] = place;
        chosen[filled] = place;
        filled += 1;
      }
    }
    visit(chosen);
  }
}
