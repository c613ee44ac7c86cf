// What the pages say of sharing, in words: its state, each answer's, and what a yes would mean. Pure.
import {
  type LedgerEvent,
  type SharedQuestion,
  type SharingLock,
  periodDays,
  periodSpan,
  periodAt,
} from "@tidemark/proto";
import { plural } from "../../format/number.ts";
import { formatDate, formatInstant } from "../../format/time.ts";

/** Proto's `sharingLimits.regretHours`, which stands among its schemas. A test compares. */
export const regretHours = 24;
const dayMs = 86_400_000;

export const lockWords: Readonly<Record<SharingLock, string>> = {
  configuration: "by the hub’s configuration, sharing.locked",
  DO_NOT_TRACK: "by DO_NOT_TRACK in the hub’s environment",
};

/** What an answer is worth now. */
export function standingOf({ consent }: SharedQuestion): string {
  const { state, answeredAtMs, answeredBy, expiresAtMs } = consent;
  if (state === "unasked" || answeredAtMs === null) return "Not answered. Nothing is sent.";
  const day = formatDate(answeredAtMs);
  const who = answeredBy ? ` by ${answeredBy}` : "";
  const end = expiresAtMs === null ? "" : ` until ${formatDate(expiresAtMs)}`;
  switch (state) {
    case "yes":
      return `Yes, ${day}${who}, holds${end}.`;
    case "no":
      return `No, ${day}${who}. Nothing is sent.`;
    case "expired":
      return `The yes of ${day}${who} has ended. Nothing is sent without a new one.`;
    case "void":
      return `The yes of ${day}${who} is void: the question asks more now. Nothing is sent without a new one.`;
  }
}

/** How often it is answered. */
export function cadenceOf({ cadence, periodDays: days, reportsMax }: SharedQuestion): string {
  const most = reportsMax === 1 ? "one report" : `at most ${plural(reportsMax, "report")}`;
  return cadence === "once"
    ? `once for each upgrade, ${most} a period of ${days} days`
    : `every ${days} days, ${most}`;
}

/** How many different things one report can say. */
export const sayable = ({ fields }: SharedQuestion): number =>
  fields.reduce((product, { labels }) => product * labels.length, 1);

/** The first instant at which a report could leave after a yes at `nowMs`: its period has to end, and a day has to pass. Unix ms. */
export function firstSendMs(question: SharedQuestion, nowMs: number): number {
  const days = periodDays.find((each) => each === question.periodDays) ?? periodDays[0];
  const { endMs } = periodSpan(days, periodAt(days, nowMs));
  return Math.max(endMs, nowMs + regretHours * 3_600_000);
}

/** What became of an answer that was just given. */
export function recordedWords(
  answer: "yes" | "no",
  questions: readonly SharedQuestion[],
  nowMs: number,
): string {
  const [only] = questions;
  const of = questions.length === 1 ? "" : ` to ${plural(questions.length, "question")}`;
  if (answer === "no" || only === undefined)
    return `The no${of} is kept here. Nothing was sent to say so, and nothing else changes.`;
  const first = Math.min(...questions.map((each) => firstSendMs(each, nowMs)));
  return `The yes${of} is kept. Nothing leaves before ${formatInstant(first)}; a no until then undoes it without a trace outside.`;
}

/** "1 Sep 2026 to 28 Sep 2026", by UTC days. */
export function periodWords(period: number, days: number): string {
  const day = (number: number) => {
    const [year, month, date] = new Date(number * dayMs).toISOString().slice(0, 10).split("-");
    return formatDate(new Date(Number(year), Number(month) - 1, Number(date)).getTime());
  };
  return `${day(period * days)} to ${day((period + 1) * days - 1)}`;
}

/** A day such as `2028-12-31` as it is in UTC. */
export const dayWords = (day: string): string => formatDate(new Date(`${day}T00:00:00`).getTime());

export const eventWords: Readonly<Record<LedgerEvent, string>> = {
  answered: "answered",
  frozen: "frozen for sending",
  sent: "sent",
  failed: "try failed",
  "given-up": "given up",
  dropped: "dropped",
  withdrawn: "withdrawn",
  "deletion-sent": "deletion sent",
  "deletion-failed": "deletion failed",
  exported: "written to a file",
};
