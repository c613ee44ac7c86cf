// Reads a schedule that somebody typed: "every weekday at 02:30" becomes what a builder holds.
import { type Repeat, type WordsRefused, cronOf, dayNames } from "./schedule-words.ts";

export type Read =
  | { readonly kind: "read"; readonly repeat: Repeat; readonly cron: string }
  | WordsRefused;

/** Shown where words are not understood. */
export const wordsExamples = [
  "every day at 02:30",
  "every weekday at 02:30 and 14:30",
  "every Monday and Thursday at 22:00",
  "on the 1st of every month at 04:00",
  "on the last day of every month at 04:00",
  "every 15 minutes",
  "every 6 hours at :10",
] as const;

const textLengthMax = 256;

/** "every" may be left out, capitals do not matter. Times are of 24 hours. */
export function readWords(text: string): Read {
  const words = text
    .slice(0, textLengthMax + 1)
    .trim()
    .toLowerCase()
    .replace(/\s+/g, " ");
  if (words.length > textLengthMax) return refused(`give at most ${textLengthMax} characters`);
  const repeat = repeatIn(words.replace(/^every /, ""));
  if (typeof repeat === "string") return refused(repeat);
  const built = cronOf(repeat);
  return built.kind === "cron" ? { kind: "read", repeat, cron: built.cron } : built;
}

/** What is wrong with it, as a text, where it is not understood. */
function repeatIn(words: string): Repeat | string {
  const minutes = /^(?:(\d{1,3}) )?minutes?$/.exec(words);
  if (minutes !== null) return { every: "minutes", step: Number(minutes[1] ?? 1) };
  const hours = /^(?:(\d{1,3}) )?hours?(?: at (?::|minute )(\d{1,2}))?$/.exec(words);
  if (hours !== null)
    return { every: "hours", step: Number(hours[1] ?? 1), minute: Number(hours[2] ?? 0) };

  const { when = "", times } = /^(?<when>.+?) at (?<times>.+)$/.exec(words)?.groups ?? {};
  if (times === undefined) return `say when: ${text(wordsExamples)}`;
  const at = items(times);
  if (when === "day") return { every: "day", at };
  if (when === "weekday" || when === "weekdays") return { every: "weekday", at };
  const monthly =
    /^(?:month )?on the (last day|\d{1,2}(?:st|nd|rd|th)?)(?: of (?:every|the) month(?: that has one)?)?$/.exec(
      when,
    );
  if (monthly !== null) {
    const day = monthly[1] ?? "";
    return { every: "month", on: day === "last day" ? "last" : Number.parseInt(day, 10), at };
  }
  const on: number[] = [];
  for (const name of items(when.replace(/^week on /, ""))) {
    const day = dayNames.findIndex((each) => isNamed(name, each.toLowerCase()));
    if (day < 0) return `${name} is no day: ${text(wordsExamples)}`;
    on.push(day);
  }
  return { every: "week", on, at };
}

/** `mon`, `monday`, `mondays`. */
const isNamed = (name: string, day: string) =>
  name === day || name === `${day}s` || name === day.slice(0, 3);
const items = (list: string) =>
  list.split(/, and |, | and |,/).map((item) => item.replace(/^(\d):/, "0$1:"));
const text = (examples: readonly string[]) =>
  `write it like ${examples.map((one) => `"${one}"`).join(", ")}`;
const refused = (reason: string): WordsRefused => ({ kind: "refused", field: "", reason });
