// Plain numbers: three significant figures where a reader compares, grouped digits where a reader counts.

/** "0", "0.042", "1.23", "45.6", "789", "12.3 k", "4.5 M": short, about three significant figures. */
export function formatShort(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude < 1_000) return trimmed(value, digitsFor(magnitude));
  for (const [size, letter] of scales)
    if (magnitude >= size * 0.9995)
      return `${trimmed(value / size, digitsFor(magnitude / size))} ${letter}`;
  return trimmed(value, 0);
}

/** "1,234,567": whole numbers, grouped. */
export function formatCount(value: number): string {
  return grouping.format(Math.round(value));
}

/** A fraction as a percentage: "0.4 %", "12 %", "99.9 %" near the top, where a tenth matters. */
export function formatPercent(fraction: number): string {
  const percent = fraction * 100;
  const digits = Math.abs(percent) < 10 || (percent > 99 && percent < 100) ? 1 : 0;
  return `${trimmed(percent, digits)} %`;
}

const scales = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
] as const;
const grouping = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export function digitsFor(magnitude: number): number {
  if (magnitude === 0 || magnitude >= 99.95) return 0;
  if (magnitude >= 9.995) return 1;
  if (magnitude >= 0.0995) return 2;
  return 3;
}

/** `value` with at most `digits` decimals, without trailing zeros and without "-0". */
export function trimmed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  const short = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return short === "-0" ? "0" : short;
}

/** "1 report", "1,000 reports". */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;
