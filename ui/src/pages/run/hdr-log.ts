// The histograms of a run as an HdrHistogram log (version 1.3), which HistogramLogAnalyzer, hdrhistogram.com's plotter and
// the libraries' log readers open. Values are in µs; the log's own maximum column is in ms, as its format asks.
import { bases, type Basis } from "./bases.ts";

export interface HdrLogInput {
  readonly startedAtMs: number;
  readonly seconds: number;
  readonly maxMicros: Readonly<Record<Basis, number>>;
  /** HdrHistogram V2 compressed, base64. */
  readonly encoded: Readonly<Record<Basis, string>>;
}

export function hdrLog({ startedAtMs, seconds, maxMicros, encoded }: HdrLogInput): string {
  const start = (startedAtMs / 1_000).toFixed(3);
  const lines = [
    "#[Histogram log format version 1.3]",
    "#[Tidemark: values in microseconds]",
    `#[StartTime: ${start} (seconds since epoch), ${new Date(startedAtMs).toISOString()}]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ...bases.map(
      (basis) =>
        `Tag=${basis},0.000,${seconds.toFixed(3)},${(maxMicros[basis] / 1_000).toFixed(3)},${encoded[basis]}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}
