// The names of tokens.css's colours that charts use; apart from colour.ts so that pure code need not touch the document.

/** The order in which lines get their colours. */
const lineColours = [
  "line-1",
  "line-2",
  "line-3",
  "line-4",
  "line-5",
  "line-6",
  "line-7",
  "line-8",
] as const;

export type ColourName =
  | (typeof lineColours)[number]
  | "ink-2"
  | "ink-3"
  | "grid"
  | "accent"
  | "bad"
  | "warn"
  | "idle"
  | "heat-0"
  | "heat-1"
  | "heat-2"
  | "heat-3";

export function lineColour(index: number): ColourName {
  return lineColours[index % lineColours.length] ?? "line-8";
}
