// Which series a query means.
import type { SeriesDirectory } from "./series.ts";

/** Numbers of the metric's series that carry every label: `key=value`, or `key` alone for any value. */
export function matchingSids(
  directory: SeriesDirectory,
  metric: string,
  labels: readonly string[] = [],
): number[] {
  const wanted = labels.map((label) => {
    const at = label.indexOf("=");
    return at < 0 ? { key: label } : { key: label.slice(0, at), value: label.slice(at + 1) };
  });
  return directory.ofMetric(metric).filter((sid) => {
    const has = directory.get(sid)?.labels ?? {};
    return wanted.every(({ key, value }) =>
      value === undefined ? Object.hasOwn(has, key) : Object.hasOwn(has, key) && has[key] === value,
    );
  });
}
