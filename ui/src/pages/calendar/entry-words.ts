// One entry of the calendar in words, and where it leads. Pure.
import type { CalendarEntry } from "@tidemark/proto";
import { formatAge } from "../../format/duration.ts";
import { outcomes } from "../schedules/firing-words.ts";
import { clockText } from "./month.ts";

/** `ran`, `running`, `planned`, or what came of it instead. */
export function stateWords({ kind, outcome }: CalendarEntry): string {
  if (kind === "running") return "runs now";
  if (kind === "planned") return "planned";
  return outcome === null || outcome === "started" ? "ran" : outcomes[outcome].words;
}

export type EntryLook = "past" | "running" | "planned" | "missed" | "bad";
export function lookOf({ kind, outcome }: CalendarEntry): EntryLook {
  if (kind !== "past") return kind;
  if (outcome === "failed") return "bad";
  return outcome === null || outcome === "started" || outcome === "queued" ? "past" : "missed";
}

export function linkOf({ campaign, schedule }: CalendarEntry): string | undefined {
  if (campaign !== null) return `/campaigns/${campaign}`;
  return schedule === null ? undefined : `/schedules/${schedule}/edit`;
}

/** `02:30 to 02:54, 24 min`; `02:30, 10 s` within one minute. */
export function timeWords({ startMs, endMs }: CalendarEntry): string {
  const length = (endMs - startMs) / 1_000;
  const [start, end] = [clockText(startMs), clockText(endMs)];
  if (length <= 0) return start;
  return `${start === end ? start : `${start} to ${end}`}, ${formatAge(length)}`;
}

/** The names of those it overlaps on the same agents or target. */
export function conflictWords(
  entry: CalendarEntry,
  entries: readonly CalendarEntry[],
): string | undefined {
  if (entry.conflicts.length === 0) return undefined;
  const names = entries.filter(({ id }) => entry.conflicts.includes(id)).map(({ name }) => name);
  const said = [...new Set(names)].join(", ");
  return `conflict with ${said === "" ? "another" : said} on the same agents or target`;
}
