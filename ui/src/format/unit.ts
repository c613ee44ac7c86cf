// What a chart or a number is measured in: how to write a value, and which steps make round axis labels.
import { formatByteRate, formatBytes } from "./bytes.ts";
import { formatAge, formatMicros, formatMillis } from "./duration.ts";
import { formatPercent, formatShort, trimmed } from "./number.ts";

export interface Unit {
  readonly format: (value: number) => string;
  /** How an axis writes it, where the title already says the rest. */
  readonly axis?: (value: number) => string;
  /** Highest value of an axis on which everything is zero. */
  readonly floor: number;
  /** Distances between axis ticks, ascending. */
  readonly steps: readonly number[];
}

const decimalSteps = Array.from({ length: 19 }, (_, index) => index - 4).flatMap((power) =>
  [1, 2, 2.5, 5].map((factor) => factor * 10 ** power),
);
const binarySteps = Array.from({ length: 56 }, (_, power) => 2 ** power);
const percentSteps = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10,
];

export const units = {
  bytes: { format: formatBytes, floor: 1024, steps: binarySteps },
  byteRate: { format: formatByteRate, axis: formatBytes, floor: 1024, steps: binarySteps },
  percent: { format: formatPercent, floor: 0.01, steps: percentSteps },
  rate: {
    format: (value) => `${formatShort(value)}/s`,
    axis: formatShort,
    floor: 1,
    steps: decimalSteps,
  },
  count: { format: formatShort, floor: 1, steps: decimalSteps },
  cores: {
    format: (value) => `${formatShort(value)} ${value === 1 ? "core" : "cores"}`,
    axis: formatShort,
    floor: 0.01,
    steps: decimalSteps,
  },
  seconds: { format: formatAge, floor: 1, steps: decimalSteps },
  millis: { format: formatMillis, floor: 1, steps: decimalSteps },
  micros: { format: formatMicros, floor: 1, steps: decimalSteps },
  celsius: {
    format: (value) => `${trimmed(value, 1)} °C`,
    axis: (value) => `${trimmed(value, 1)}°`,
    floor: 10,
    steps: decimalSteps,
  },
  rpm: {
    format: (value) => `${formatShort(value)} rpm`,
    axis: formatShort,
    floor: 10,
    steps: decimalSteps,
  },
} as const satisfies Record<string, Unit>;

export type UnitName = keyof typeof units;

/** The label of an axis tick; mirrored values read as what they are. */
export function formatAxis(unit: UnitName, value: number): string {
  const { axis, format }: Unit = units[unit];
  return (axis ?? format)(Math.abs(value));
}

/** A value in its unit; "–" for what was not measured, which is not zero. */
export function formatValue(unit: UnitName, value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value)
    ? "–"
    : units[unit].format(value);
}
