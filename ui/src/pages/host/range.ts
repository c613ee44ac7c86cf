// The time a host page shows, as the URL says it: nothing for live, range=1h for the last hour, from and to (Unix seconds)
// for a window that stands still.
import type { TimeWindow } from "../../charts/lines.ts";

export const ranges = [
  { key: "live", label: "Live", seconds: 300 },
  { key: "15m", label: "15 m", seconds: 900 },
  { key: "1h", label: "1 h", seconds: 3_600 },
  { key: "6h", label: "6 h", seconds: 21_600 },
  { key: "24h", label: "24 h", seconds: 86_400 },
  { key: "7d", label: "7 d", seconds: 604_800 },
  { key: "30d", label: "30 d", seconds: 2_592_000 },
] as const;
type RangeKey = (typeof ranges)[number]["key"];

export type View =
  | { readonly kind: "moving"; readonly key: RangeKey; readonly seconds: number }
  | { readonly kind: "fixed"; readonly window: TimeWindow };

/** A zoom never goes below this. */
const windowSecondsMin = 5;
const pointsMax = 480;
const refreshSecondsMin = 10;
const refreshSecondsMax = 120;

export function viewOf(query: URLSearchParams): View {
  const from = secondsOf(query.get("from"));
  const to = secondsOf(query.get("to"));
  if (from !== undefined && to !== undefined && to > from)
    return { kind: "fixed", window: { from, to } };
  const named = ranges.find((range) => range.key === query.get("range")) ?? ranges[0];
  return { kind: "moving", key: named.key, seconds: named.seconds };
}

/** The query keys of a fixed window, grown to the shortest that is shown. */
export function fixedQuery({ from, to }: TimeWindow): {
  from: string;
  to: string;
  range: undefined;
} {
  const middle = (from + to) / 2;
  const half = Math.max(to - from, windowSecondsMin) / 2;
  return {
    from: String(Math.floor(middle - half)),
    to: String(Math.ceil(middle + half)),
    range: undefined,
  };
}

/** Up to a quarter of an hour every second is drawn and samples are added as they come. */
export const isLive = (view: View): boolean => view.kind === "moving" && view.seconds <= 900;

export function pointsOf(view: View): number {
  const seconds = view.kind === "moving" ? view.seconds : view.window.to - view.window.from;
  return seconds <= 900 ? Math.max(1, Math.ceil(seconds)) : pointsMax;
}

/** Seconds after which a window that moves is fetched again; undefined when nothing moves or samples come by themselves. */
export function refreshSeconds(view: View): number | undefined {
  if (view.kind === "fixed" || isLive(view)) return undefined;
  return Math.min(refreshSecondsMax, Math.max(refreshSecondsMin, view.seconds / pointsMax));
}

function secondsOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
