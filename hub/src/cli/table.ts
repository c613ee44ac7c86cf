// Plain columns for a terminal, readable by `awk` too.

/** Rows under a header, columns as wide as their widest cell. Control characters are shown, not obeyed. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows.map((row) => row.map(printable))];
  const widths = header.map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? "").length)),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Text from elsewhere that cannot move the cursor or change colours. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, "\u{fffd}");

/** "3 min ago"; "never" for null. */
export function ago(thenMs: number | null, nowMs: number): string {
  if (thenMs === null) return "never";
  const seconds = Math.max(0, Math.round((nowMs - thenMs) / 1_000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

/** Microseconds with three significant digits: "412 µs", "1.32 ms". */
export function micros(value: number | null): string {
  if (value === null) return "–";
  if (value < 1_000) return `${Math.round(value)} µs`;
  if (value < 1_000_000) return `${significant(value / 1_000)} ms`;
  return `${significant(value / 1_000_000)} s`;
}

const significant = (value: number) => String(Number(value.toPrecision(3)));
