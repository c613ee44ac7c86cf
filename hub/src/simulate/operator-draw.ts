// Chance for simulated operators: one stream of numbers for each seed, period and topic, so that drawing more of one thing changes
// nothing else.
import { randomFrom } from "./signal.ts";

/** Uniform on [0, 1). */
export type Draw = () => number;

/** The stream of whole numbers `parts`, whatever their order of magnitude. */
export function drawFrom(...parts: readonly number[]): Draw {
  let mixed = 0x9e37_79b9;
  for (const part of parts) {
    mixed = Math.imul(mixed ^ part, 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    mixed ^= mixed >>> 16;
  }
  return randomFrom(mixed);
}

/** A standard normal value (Box and Muller). */
export const normal = (draw: Draw): number =>
  Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());

/** Whole, both bounds included. */
export const whole = (low: number, high: number, draw: Draw): number =>
  low + Math.floor(draw() * (high - low + 1));

/** One of a list that is not empty, the first ones oftener. */
export function oneOf<T>(values: readonly T[], draw: Draw): T {
  const value = values[Math.floor(draw() ** 1.6 * values.length)];
  if (value === undefined) throw new RangeError("there is nothing to choose from");
  return value;
}
