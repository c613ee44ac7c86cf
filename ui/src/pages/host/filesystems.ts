// Filesystem series, one per state, to one row per mount point.
import type { Frame, FrameSeries } from "../../charts/frame.ts";
import { lastOf } from "../../charts/lines.ts";
import { pick } from "../../charts/view.ts";

export interface Filesystem {
  readonly mountpoint: string;
  readonly device: string;
  readonly type: string;
  /** Bytes; null when not reported. */
  readonly size: number | null;
  readonly free: number | null;
  /** Fractions. */
  readonly used: number | null;
  readonly inodes: number | null;
}

/** Fullest first. */
export function filesystemsOf(frame: Frame): readonly Filesystem[] {
  const rows = pick(frame, "system.filesystem.utilization").map((series): Filesystem => {
    const mountpoint = series.labels["system.filesystem.mountpoint"] ?? "";
    const bytes = byState(
      pick(frame, "system.filesystem.usage", { "system.filesystem.mountpoint": mountpoint }),
    );
    const inodes = byState(
      pick(frame, "system.filesystem.inodes.usage", { "system.filesystem.mountpoint": mountpoint }),
    );
    return {
      mountpoint,
      device: series.labels["system.device"] ?? "",
      type: series.labels["system.filesystem.type"] ?? "",
      size: bytes.size === 0 ? null : sum(bytes),
      free: bytes.get("free") ?? null,
      used: lastOf(series.values),
      inodes: shareUsed(inodes),
    };
  });
  return rows.toSorted((left, right) => (right.used ?? -1) - (left.used ?? -1));
}

function byState(series: readonly FrameSeries[]): ReadonlyMap<string, number> {
  return new Map(
    series.flatMap(({ labels, values }) => {
      const value = lastOf(values);
      return value === null ? [] : [[labels["system.filesystem.state"] ?? "", value] as const];
    }),
  );
}

const sum = (values: ReadonlyMap<string, number>) =>
  [...values.values()].reduce((total, value) => total + value, 0);

function shareUsed(inodes: ReadonlyMap<string, number>): number | null {
  const used = inodes.get("used");
  const total = sum(inodes);
  return used === undefined || total === 0 ? null : used / total;
}
