// Means of a host's metrics, each in its own unit as OpenTelemetry writes it. Pure.
import { formatShort } from "./number.ts";
import { formatValue, type UnitName } from "./unit.ts";

const unitNames: Readonly<Record<string, UnitName>> = {
  "1": "percent",
  By: "bytes",
  "By/s": "byteRate",
  s: "seconds",
  /** Seconds of something in a second: a share of time. */
  "s/s": "percent",
  Cel: "celsius",
};

/** "34 %", "4.01 MiB/s", "12 {packet}/s" as "12 packet/s"; "–" for what was not measured. */
export function formatMetric(unit: string, value: number | null | undefined): string {
  const name = unitNames[unit];
  if (name !== undefined) return formatValue(name, value);
  if (value === null || value === undefined) return "–";
  return `${formatShort(value)} ${unit.replaceAll(/[{}]/g, "")}`.trim();
}

/** The same with its sign: "+1.2 %", "−310 KiB/s". */
export function formatMetricDifference(unit: string, value: number | null): string {
  if (value === null) return "–";
  const text = formatMetric(unit, Math.abs(value));
  return value === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}

/** `system.cpu.linux.pressure.total` reads as `cpu linux pressure total`. */
export const metricInWords = (metric: string): string =>
  metric.replace(/^system\./, "").replaceAll(/[._]/g, " ");

export const roleWords = {
  generator: "generates the load",
  target: "runs the target",
  both: "generates the load and runs the target",
} as const;
