// Bytes in IEC units, as df -h and free -h count: 1 KiB = 1024 B.
import { digitsFor, trimmed } from "./number.ts";

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** "0 B", "512 B", "1.5 KiB", "12.3 GiB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : Math.min(2, digitsFor(Math.abs(value)));
  return `${trimmed(value, digits)} ${units[unit] ?? "B"}`;
}

/** "1.5 MiB/s". */
export function formatByteRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}
