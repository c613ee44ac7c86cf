// Numbers as people type them. `fail` hears what is wrong; the value is then of no use.
import { formatCount, trimmed } from "../../format/number.ts";

export type Fail = (reason: string) => void;

/** A number between bounds, both allowed. */
export function numberIn(text: string, min: number, max: number, fail: Fail): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(value >= min && value <= max)) fail(`A number from ${bound(min)} to ${bound(max)}.`);
  return value;
}

/** A whole number between bounds, both allowed. */
export function wholeIn(text: string, min: number, max: number, fail: Fail): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!(Number.isInteger(value) && value >= min && value <= max))
    fail(`A whole number from ${bound(min)} to ${bound(max)}.`);
  return value;
}

const bound = (value: number) => (value < 1_000 ? trimmed(value, 3) : formatCount(value));
