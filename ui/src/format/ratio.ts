// Differences between two sides as they are told: always with a sign, and with the interval beside them. Pure.
import type { Figure } from "@tidemark/proto";
import { digitsFor, trimmed } from "./number.ts";
import type { UnitName } from "./unit.ts";

/** Proto's figures, written down again, for they stand among schemas. */
export const figures = [
  "p50",
  "p95",
  "p99",
  "errors",
  "capacity",
] as const satisfies readonly Figure[];

/** What a figure is measured in, by the contract's name for it. */
export const figureUnits = {
  us: "micros",
  "1": "percent",
  "1/s": "rate",
} as const satisfies Record<"us" | "1" | "1/s", UnitName>;

/** "+7.2 %", "−0.4 %", "0 %". Of errors, whose difference is one of fractions, in percentage points: "+0.3 pp". */
export function formatRatio(ratio: number, figure: Figure = "p50"): string {
  return `${signed(ratio, digitsOf(ratio, figure))} ${figure === "errors" ? "pp" : "%"}`;
}

/** "[+4.1, +10.6]": the ends of an interval, in the unit of the ratio beside it and with as many digits each. */
export function formatInterval(low: number, high: number, figure: Figure = "p50"): string {
  const digits = digitsOf(Math.max(Math.abs(low), Math.abs(high)), figure);
  return `[${signed(low, digits)}, ${signed(high, digits)}]`;
}

/** The same without a sign, for what is one by itself: a margin, a noise. */
export const formatSize = (ratio: number, figure: Figure): string =>
  formatRatio(Math.abs(ratio), figure).replace("+", "");

/** "p .004", "p < .001": only ever beside an interval. */
export function formatP(p: number): string {
  if (p < 0.001) return "p < .001";
  return `p ${p >= 0.9995 ? "1" : p.toFixed(p < 0.1 ? 3 : 2).replace(/^0/, "")}`;
}

/** What a figure is called in a heading. */
export const figureNames: Record<Figure, string> = {
  p50: "p50",
  p95: "p95",
  p99: "p99",
  errors: "Errors",
  capacity: "Capacity",
};

/** A tenth of a per cent is enough of a ratio; differences of errors are often far smaller. */
function digitsOf(ratio: number, figure: Figure): number {
  const percent = Math.abs(ratio) * 100;
  return figure === "errors" ? digitsFor(percent) : percent < 19.95 ? 1 : 0;
}

function signed(ratio: number, digits: number): string {
  const text = trimmed(Math.abs(ratio) * 100, digits);
  return text === "0" ? text : `${ratio < 0 ? "−" : "+"}${text}`;
}
