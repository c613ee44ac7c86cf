// Figures and differences as a person reads them: "7.2 %", "[-1.2, +2.0]", "1.32 ms". Pure.
import type { ComparedFigure } from "./compared-figures.ts";

/** A difference as it is kept: a ratio less one, or a difference of shares of errors. */
export interface Amounts {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** From here on a tenth of a per cent is no news. */
const wholeFrom = 20;

/** `7.2 %`, `32 %`, without a sign; `0.3 percentage points` of errors. */
export function magnitude({ scale }: ComparedFigure, amount: number): string {
  const percent = Math.abs(amount) * 100;
  return scale === "ratio"
    ? `${decimals(percent, percent)} %`
    : `${significant(percent)} percentage points`;
}

/** `[-1.2, +2.0]`: signs as the figure itself goes, in per cent or percentage points. */
export function signedInterval(
  { scale }: ComparedFigure,
  { low, high }: Pick<Amounts, "low" | "high">,
): string {
  const largest = Math.max(Math.abs(low), Math.abs(high)) * 100;
  const bound = (amount: number) => {
    const percent = amount * 100;
    const text =
      scale === "ratio" ? decimals(Math.abs(percent), largest) : significant(Math.abs(percent));
    return isNought(text) ? "0" : `${percent < 0 ? "-" : "+"}${text}`;
  };
  return `[${bound(low)}, ${bound(high)}]`;
}

/** `[4.1, 10.6]`: of a difference whose direction a word has said, the smaller amount first. */
export function wordedInterval(
  { scale }: ComparedFigure,
  { estimate, low, high }: Amounts,
): string {
  const away = Math.sign(estimate) || 1;
  const ends = [low * away * 100, high * away * 100].toSorted((one, other) => one - other);
  const largest = Math.abs(estimate) * 100;
  const texts = ends.map((end) => (scale === "ratio" ? decimals(end, largest) : significant(end)));
  return `[${texts.join(", ")}]`;
}

/** `5 %`: a margin or a noise, as short as it is. */
export function percentage(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(2))} %`;
}

/** `.004`, `< .001`. */
export function probability(p: number): string {
  if (p < 0.001) return "< .001";
  return `${Number(p.toPrecision(p < 0.01 ? 1 : 2))}`.replace(/^0/, "");
}

/** A value with its unit: `412 µs`, `1.32 ms`, `0.2 %`, `1,250/s`. */
export function quantity({ unit }: Pick<ComparedFigure, "unit">, value: number): string {
  switch (unit) {
    case "us":
      if (value < 1_000) return `${significant(value)} µs`;
      if (value < 1_000_000) return `${significant(value / 1_000)} ms`;
      return `${significant(value / 1_000_000)} s`;
    case "1":
      return `${significant(value * 100)} %`;
    case "1/s":
      return `${Number(value.toPrecision(3)).toLocaleString("en")}/s`;
  }
}

const decimals = (value: number, largest: number) =>
  // 19.999999999999996 is 20.
  value.toFixed(Number(largest.toPrecision(6)) < wholeFrom ? 1 : 0);
const significant = (value: number) => `${Number(value.toPrecision(value < 1_000 ? 3 : 4))}`;
const isNought = (text: string) => Number(text) === 0;
