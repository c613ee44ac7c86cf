// `tidemark schedule preview` and `calendar`: what an expression means, and what ran and will.
import { Calendar, type CalendarEntry, SchedulePreview } from "@tidemark/proto";
import type { Command } from "commander";
import { InputWrong } from "../errors.ts";
import type { CliContext } from "./context.ts";
import { type WhenOptions, timingIn, whenOptions, whenText } from "./schedule-when.ts";
import { table } from "./table.ts";

const dayMs = 86_400_000;

export function scheduleAhead(group: Command, { connect, print }: CliContext): void {
  whenOptions(group.command("preview").description("what a timing means, before it is kept"))
    .option("--json", "print the preview as JSON")
    .addHelpText(
      "after",
      '\nExample:\n  $ tidemark schedule preview --every "weekday at 02:30" --zone Europe/Vienna',
    )
    .action(async (options: WhenOptions & { json?: true }) => {
      const timing = timingIn(options);
      const preview = await connect().send("POST", "/schedules/preview", SchedulePreview, timing);
      if (options.json) {
        print(JSON.stringify(preview));
        return;
      }
      const { words, nextMs, blackedOut, remarks } = preview;
      const left = blackedOut === 0 ? [] : [`  ${blackedOut} left out by blackouts`];
      const starts = nextMs.map((ms) => `  ${whenText(ms, timing.timeZone)}`);
      print([`${words} (${timing.cron})`, ...starts, ...left, ...remarks].join("\n"));
    });

  group
    .command("calendar")
    .description("what ran, what runs and what will; conflicts are marked")
    .option("--days <n>", "days ahead", "7")
    .option("--past <n>", "days back", "1")
    .option("--zone <zone>", "IANA time zone the times are shown in", "UTC")
    .option("--json", "print the calendar as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ tidemark schedule calendar --days 3 --zone Europe/Vienna",
    )
    .action(async (options: { days: string; past: string; zone: string; json?: true }) => {
      const nowMs = Date.now();
      const query = new URLSearchParams({
        fromMs: String(nowMs - daysIn("--past", options.past) * dayMs),
        untilMs: String(nowMs + daysIn("--days", options.days) * dayMs),
      });
      const calendar = await connect().get("/calendar", Calendar, query);
      print(options.json ? JSON.stringify(calendar) : calendarText(calendar, options.zone));
    });
}

function calendarText({ entries, isCut }: Calendar, zone: string): string {
  const rows = entries.map((entry) => [
    whenText(entry.startMs, zone),
    `${Math.round((entry.endMs - entry.startMs) / 60_000)} min`,
    entry.kind,
    entry.name,
    entry.outcome ?? "–",
    entry.conflicts.length === 0 ? "" : `with ${namesOf(entry, entries)}`,
  ]);
  const shown = table(["START", "LENGTH", "KIND", "NAME", "OUTCOME", "CONFLICTS"], rows);
  return isCut ? `${shown}\nThere is more than a calendar holds: ask for fewer days.` : shown;
}

function namesOf({ conflicts }: CalendarEntry, entries: readonly CalendarEntry[]): string {
  const names = conflicts.map((id) => entries.find((entry) => entry.id === id)?.name ?? id);
  return [...new Set(names)].join(", ");
}

function daysIn(option: string, text: string): number {
  const days = Number(text);
  if (!Number.isFinite(days) || days < 0)
    throw new InputWrong(`${option} ${text}: give a number of days`);
  return days;
}
