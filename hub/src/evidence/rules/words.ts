// Quantities as findings say them: three digits, with their unit.

export const percent = (ratio: number): string => `${Number((ratio * 100).toPrecision(3))} %`;

export function duration(micros: number): string {
  if (micros < 1_000) return `${Math.round(micros)} µs`;
  return micros < 1e6 ? `${digits(micros / 1_000)} ms` : `${digits(micros / 1e6)} s`;
}

/** Names whose words they are, where several could have said them. */
export const of = (name: string, several: number, words: string): string =>
  several > 1 ? `${name}: ${words}` : words;

const digits = (value: number): number => Number(value.toPrecision(3));
