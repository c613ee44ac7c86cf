// Counts and rates as SMP and Meshery write them: 0 stands for nothing.
import type { Fields } from "./fields.ts";

/** Undefined for 0, which is what protobuf writes for nothing. */
export function positive(fields: Fields, name: string, max: number): number | undefined {
  const number = fields.integer(name);
  if (number === undefined || number === 0) return undefined;
  if (number < 0 || number > max) throw fields.refusal(name, `it must be 1 to ${max}`);
  return number;
}

/** 0 where nothing or less is given: as fast as possible, in SMP and in Meshery alike. */
export function atLeastZero(fields: Fields, name: string, max: number): number {
  const number = fields.integer(name) ?? 0;
  if (number > max) throw fields.refusal(name, `it must be ${max} at most`);
  return Math.max(0, number);
}
