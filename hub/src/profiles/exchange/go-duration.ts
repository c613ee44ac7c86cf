// Durations as Go writes them: `30s`, `1h30m`, `1.5m`, `300µs`. https://pkg.go.dev/time#ParseDuration

/** Nanoseconds of each unit. */
const units = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
} as const;

const term = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
const lengthMax = 64;

/** Milliseconds; undefined for what Go would not read, and for a negative duration. */
export function parseGoDuration(text: string): number | undefined {
  const trimmed = text.replace(/^\+/, "");
  if (trimmed === "0") return 0;
  if (trimmed === "" || trimmed.length > lengthMax) return undefined;
  let nanoseconds = 0;
  term.lastIndex = 0;
  let at = 0;
  while (at < trimmed.length) {
    const [whole, amount, unit] = term.exec(trimmed) ?? [];
    if (whole === undefined || !isUnit(unit)) return undefined;
    nanoseconds += Number(amount) * units[unit];
    at += whole.length;
  }
  return Math.round(nanoseconds) / 1e6;
}

/** `ms` to the microsecond: `1h30m`, `90s` as `1m30s`, `1.5s`, `250ms`. */
export function goDuration(ms: number): string {
  if (ms < 1_000) return `${round(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = round((ms % 60_000) / 1_000);
  return [
    hours === 0 ? "" : `${hours}h`,
    minutes === 0 ? "" : `${minutes}m`,
    seconds === 0 ? "" : `${seconds}s`,
  ].join("");
}

const round = (value: number) => Math.round(value * 1e6) / 1e6;
const isUnit = (text: string | undefined): text is keyof typeof units =>
  text !== undefined && Object.hasOwn(units, text);
