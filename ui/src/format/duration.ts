// Lengths of time: latencies in µs to s with three figures, ages in the largest unit that says enough.
import { digitsFor, trimmed } from "./number.ts";

/** Microseconds as "85 µs", "1.23 ms", "4.5 s", "2 min". */
export function formatMicros(micros: number): string {
  const magnitude = Math.abs(micros);
  if (magnitude < 999.5) return `${trimmed(micros, magnitude < 9.95 ? 1 : 0)} µs`;
  if (magnitude < 999_500) return scaled(micros / 1e3, "ms");
  if (magnitude < 120e6) return scaled(micros / 1e6, "s");
  return scaled(micros / 60e6, "min");
}

/** Milliseconds, like formatMicros. */
export const formatMillis = (ms: number): string => formatMicros(ms * 1_000);

/** Seconds as "45 s", "12 min", "3 h 20 min", "5 d 4 h": at most two units. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return two(whole, 60, "min", 1, "s", 10);
  if (whole < 86_400) return two(whole, 3_600, "h", 60, "min", 24);
  return two(whole, 86_400, "d", 3_600, "h", 14);
}

/** Seconds in their largest unit alone: "45 s", "3 h", "5 d". */
export const formatRoughAge = (seconds: number): string =>
  formatAge(seconds).split(" ").slice(0, 2).join(" ");

/** "just now", "12 s ago", "3 h 20 min ago". */
export function formatAgo(thenMs: number, nowMs: number): string {
  const seconds = (nowMs - thenMs) / 1_000;
  return seconds < 2 ? "just now" : `${formatAge(seconds)} ago`;
}

const scaled = (value: number, unit: string) =>
  `${trimmed(value, Math.min(2, digitsFor(Math.abs(value))))} ${unit}`;

/** The smaller unit is shown only below `detailBelow` of the larger. */
function two(
  whole: number,
  large: number,
  largeUnit: string,
  small: number,
  smallUnit: string,
  detailBelow: number,
): string {
  const count = Math.floor(whole / large);
  const rest = Math.floor((whole % large) / small);
  if (rest === 0 || count >= detailBelow) return `${count} ${largeUnit}`;
  return `${count} ${largeUnit} ${rest} ${smallUnit}`;
}
