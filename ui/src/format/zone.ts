// Instants as they are told in a time zone: "Thu 26 Nov 02:30", and how far the zone is from UTC then.

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "shortOffset",
  });
  formatters.set(timeZone, made);
  return made;
}

const partsOf = (ms: number, timeZone: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );

/** "Thu 26 Nov 02:30". */
export function formatInZone(ms: number, timeZone: string): string {
  const { weekday, day, month, hour, minute } = partsOf(ms, timeZone);
  return `${weekday} ${day} ${month} ${hour}:${minute}`;
}

/** "UTC+1", "UTC". */
export function offsetAt(ms: number, timeZone: string): string {
  return (partsOf(ms, timeZone)["timeZoneName"] ?? "").replace("GMT", "UTC");
}

/** The zone this browser lives in. */
export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export function isTimeZone(name: string): boolean {
  try {
    formatterOf(name);
    return name !== "";
  } catch {
    return false;
  }
}
