// Releases in the order they came out, by their names. Pure.

/** Before a final release, earliest first. Other words, such as `lts`, come after it. */
const stages = ["dev", "alpha", "a", "beta", "b", "pre", "rc", "candidate"] as const;

/**
 * 3.9 before 3.10 before 3.10.1; 3.6-beta1 before 3.6-rc1 before 3.6. Numbers go by their value, a missing one is 0; then words that
 * name a stage before the release itself, and others after it. Names that begin with no number come last, by the alphabet, and those
 * that differ only in writing (v3.6, 3.6, 3.6.0) by their spelling.
 */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [read(one), read(other)];
  if (left === undefined || right === undefined)
    return Number(left === undefined) - Number(right === undefined) || compareText(one, other);
  for (let at = 0; at < Math.max(left.numbers.length, right.numbers.length); at += 1) {
    const order = (left.numbers[at] ?? 0) - (right.numbers[at] ?? 0);
    if (order !== 0) return order;
  }
  for (let at = 0; at < Math.max(left.suffix.length, right.suffix.length); at += 1) {
    const order = compareParts(left.suffix[at] ?? end, right.suffix[at] ?? end);
    if (order !== 0) return order;
  }
  return compareText(one, other);
}

/** Whether the name is one of a line of versions, which go forward, and not of a channel, such as `stable`. */
export function isVersion(name: string): boolean {
  return read(name) !== undefined;
}

/** rank: stages below the end of the name, which is the release itself, other words and numbers above it. */
interface Part {
  readonly rank: number;
  readonly value: number;
  readonly word: string;
}
const end: Part = { rank: 0, value: 0, word: "" };

function read(
  name: string,
): { readonly numbers: readonly number[]; readonly suffix: readonly Part[] } | undefined {
  const [, numbers, rest] = /^v?(\d+(?:\.\d+)*)(.*)$/i.exec(name) ?? [];
  if (numbers === undefined || rest === undefined) return undefined;
  const parts = rest.toLowerCase().matchAll(/\d+|[a-z]+/g);
  return {
    numbers: numbers.split(".").map(Number),
    suffix: Array.from(parts, ([text]) => partOf(text)),
  };
}

function partOf(text: string): Part {
  if (/^\d/.test(text)) return { rank: 2, value: Number(text), word: "" };
  const stage = stages.findIndex((known) => known === text);
  return { rank: stage < 0 ? 1 : stage - stages.length, value: 0, word: text };
}

function compareParts(one: Part, other: Part): number {
  return one.rank - other.rank || one.value - other.value || compareText(one.word, other.word);
}

const compareText = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
