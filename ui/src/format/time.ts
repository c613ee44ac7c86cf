// Instants in the reader's time zone, 24 hours, no locale surprises: "14:05:09", "21 Nov 14:05", "21 Nov 2025 14:05:09".

/** "14:05:09". */
export function formatClock(ms: number): string {
  const date = new Date(ms);
  return `${formatMinute(date)}:${pad(date.getSeconds())}`;
}

/** "21 Nov 14:05:09", with the year when it is not this one. */
export function formatInstant(ms: number, nowMs: number = Date.now()): string {
  const date = new Date(ms);
  const year = date.getFullYear() === new Date(nowMs).getFullYear() ? "" : ` ${date.getFullYear()}`;
  return `${formatDay(date)}${year} ${formatClock(ms)}`;
}

/** "21 Nov 2025": a day that may be far away. */
export function formatDate(ms: number): string {
  const date = new Date(ms);
  return `${formatDay(date)} ${date.getFullYear()}`;
}

/** The label of a time axis at `seconds` when ticks stand `stepSeconds` apart: as much as tells neighbours apart. */
export function formatTick(seconds: number, stepSeconds: number): string {
  const date = new Date(seconds * 1_000);
  if (stepSeconds < 1)
    return `${formatClock(date.getTime())}.${Math.floor(date.getMilliseconds() / 100)}`;
  if (stepSeconds < 60) return formatClock(date.getTime());
  const midnight = date.getHours() === 0 && date.getMinutes() === 0;
  return stepSeconds >= 86_400 || midnight ? formatDay(date) : formatMinute(date);
}

/** The value of an <input type="datetime-local">. */
export function toLocalInput(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}T${formatClock(ms)}`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const pad = (value: number) => String(value).padStart(2, "0");
const formatMinute = (date: Date) => `${pad(date.getHours())}:${pad(date.getMinutes())}`;
const formatDay = (date: Date) => `${date.getDate()} ${months[date.getMonth()] ?? ""}`;
