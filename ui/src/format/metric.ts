// Means of a host's metrics, each in its own unit as OpenTelemetry writes it. Pure.
import type { HostMetricName } from "@tidemark/proto";
import { formatShort } from "./number.ts";
import { formatValue, type UnitName } from "./unit.ts";

const unitNames: Readonly<Record<string, UnitName>> = {
  "1": "percent",
  By: "bytes",
  "By/s": "byteRate",
};

/** Units of proto's host metrics, written down again, for they stand among schemas. */
export const hostMetricUnits: Readonly<Record<HostMetricName, string>> = {
  "cpu in use": "1",
  "cpu stolen": "1",
  "cpu waiting for io": "1",
  "load average": "{thread}",
  "cpu pressure": "1",
  "memory pressure": "1",
  "io pressure": "1",
  "memory used": "By",
  "disk read": "By/s",
  "disk written": "By/s",
  "network received": "By/s",
  "network sent": "By/s",
  "tcp retransmits": "{segment}/s",
  "agent cpu": "1",
};

/** "34 %", "4.01 MiB/s", "12 {segment}/s" as "12 segments/s", "7.3 {thread}" as "7.3"; "–" for what was not measured. */
export function formatMetric(unit: string, value: number | null | undefined): string {
  const name = unitNames[unit];
  if (name !== undefined) return formatValue(name, value);
  if (value === null || value === undefined) return "–";
  const counted = unit.replace(/^\{(\w+)\}(?=\/)/, "$1s").replaceAll(/\{\w+\}/g, "");
  return `${formatShort(value)} ${counted}`.trim();
}

/** The same with its sign: "−310 KiB/s"; of shares in percentage points, "+1.2 pp". */
export function formatMetricDifference(unit: string, value: number | null): string {
  if (value === null) return "–";
  const size = formatMetric(unit, Math.abs(value));
  const text = unit === "1" ? size.replace("%", "pp") : size;
  return value === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}

/** As a heading of a row: "cpu waiting for io" as "CPU waiting for IO". */
export function metricTitle(name: string): string {
  const text = name.replaceAll(/\b(?:cpu|io|tcp)\b/g, (word) => word.toUpperCase());
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

export const roleWords = {
  generator: "generates the load",
  target: "runs the target",
  both: "generates the load and runs the target",
} as const;
