// The pictures in the tables: one strip a row, as wide as there is room. They hold no text; the table beside them says the same.

const svg = (content: string): string =>
  `<svg viewBox="0 0 100 16" preserveAspectRatio="none" aria-hidden="true" focusable="false">${content}</svg>`;

const percent = (part: number) => String(Math.round(part * 10_000) / 100);

/** A bar of `part` of the width, 0 to 1. */
export const bar = (part: number, kind: "bar" | "rest"): string =>
  svg(`<rect class="${kind}" x="0" y="2" width="${percent(part)}" height="12"/>`);

/** Places on a scale, 0 to 1. */
export interface Spread {
  readonly median: number;
  readonly first: number | undefined;
  readonly third: number | undefined;
  /** Where nothing changes; the median beyond it is drawn as worse. */
  readonly zero: number | undefined;
}

/** A median on its scale, and how far the quartiles lie from it. */
export function spread({ median, first, third, zero }: Spread): string {
  const line = (kind: string, from: number, to: number) =>
    `<line class="${kind}" x1="${percent(from)}" x2="${percent(to)}" y1="8" y2="8" vector-effect="non-scaling-stroke"/>`;
  const parts = [line("track", 0, 1)];
  if (zero !== undefined)
    parts.push(
      `<line class="track" x1="${percent(zero)}" x2="${percent(zero)}" y1="0" y2="16" vector-effect="non-scaling-stroke"/>`,
    );
  if (first !== undefined || third !== undefined)
    parts.push(line("spread", first ?? median, third ?? median));
  const kind = zero !== undefined && median > zero ? "worse" : "mark";
  const x = Math.min(0.98, Math.max(0, median - 0.01));
  parts.push(`<rect class="${kind}" x="${percent(x)}" y="1" width="2" height="14"/>`);
  return svg(parts.join(""));
}
