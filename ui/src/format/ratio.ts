// Differences between two sides as they are told: always with a sign, and with the interval beside them. Pure.
import type { Figure } from "@tidemark/proto";
import { trimmed } from "./number.ts";
import type { UnitName } from "./unit.ts";

/** What a figure is measured in, by the contract's name for it. */
export const figureUnits = {
  us: "micros",
  "1": "percent",
  "1/s": "rate",
} as const satisfies Record<"us" | "1" | "1/s", UnitName>;

/** "+7.2 %", "−0.4 %", "0 %". Of errors, whose difference is one of fractions, in percentage points: "+0.3 pp". */
export function formatRatio(ratio: number, figure: Figure = "p50"): string {
  return `${signed(ratio)} ${figure === "errors" ? "pp" : "%"}`;
}

/** "[+4.1, +10.6]": the ends of an interval, in the unit of the ratio beside it. */
export const formatInterval = (low: number, high: number): string =>
  `[${signed(low)}, ${signed(high)}]`;

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

function signed(ratio: number): string {
  const percent = ratio * 100;
  const text = trimmed(Math.abs(percent), Math.abs(percent) < 19.95 ? 1 : 0);
  if (text === "0") return "0";
  return `${percent < 0 ? "−" : "+"}${text}`;
}
