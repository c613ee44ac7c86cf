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

export const roleWords = {
  generator: "generates the load",
  target: "runs the target",
  both: "generates the load and runs the target",
} as const;
