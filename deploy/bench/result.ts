// What a suite says: measured values, each with the bar it must reach and what peers did in the same run.
import { cpus, totalmem } from "node:os";
import process from "node:process";

export interface Result {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** "<= 1" or ">= 1000000"; null for what is only told. */
  readonly bar: string | null;
  readonly holds: boolean;
  readonly beside: Readonly<Record<string, number>>;
}

export interface SuiteReport {
  readonly results: readonly Result[];
  /** What the figures were measured with: sentences for results.md. */
  readonly notes: readonly string[];
}

export interface Suite {
  readonly name: string;
  /** Rejects when it could not measure; a missed bar is a result. */
  run(progress: (text: string) => void, signal: AbortSignal): Promise<SuiteReport>;
}

export type Bar = { readonly atMost: number } | { readonly atLeast: number } | undefined;

export function result(
  name: string,
  value: number,
  unit: string,
  bar: Bar,
  beside: Readonly<Record<string, number>> = {},
): Result {
  const text =
    bar === undefined ? null : "atMost" in bar ? `<= ${bar.atMost}` : `>= ${bar.atLeast}`;
  const holds = bar === undefined || ("atMost" in bar ? value <= bar.atMost : value >= bar.atLeast);
  return { name, value: tidy(value), unit, bar: text, holds, beside: tidied(beside) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Four significant digits: more would claim a precision that no single machine has. */
function tidy(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : value;
}

const tidied = (values: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, tidy(value)]));

/** One line on what it ran on. */
export function machine(): string {
  const gibibytes = Math.round(totalmem() / 1024 ** 3);
  const [first] = cpus();
  const model = first?.model.trim() ?? "unknown CPU";
  return `${cpus().length} × ${model}, ${gibibytes} GiB, Node ${process.version}`;
}
