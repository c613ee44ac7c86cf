// Values as ClickHouse's own text, where nothing else carries them: settings and file names (no parameter binds there), and
// DateTime64 in JSON rows (a number with a fraction does not parse).

/** A ClickHouse string literal. */
export function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** Unix ms as DateTime64(3, 'UTC') reads it in a JSON row. */
export function dateTime64(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, -1);
}
