// When, as it is said on a command line: an expression or plain words, a zone, jitter, blackouts. And times as they are shown.
import { type Blackout, type SchedulePreviewRequest, dayNames, readWords } from "@tidemark/proto";
import type { Command } from "commander";
import { InputWrong } from "../errors.ts";

export interface WhenOptions {
  readonly cron?: string;
  readonly every?: string;
  readonly zone?: string;
  readonly jitter?: string;
  readonly blackout?: readonly string[];
}

export function whenOptions(command: Command): Command {
  return command
    .option(
      "--every <words>",
      "in plain words: weekday at 02:30, 15 minutes, month on the 1st at 04:00",
    )
    .option("--cron <expression>", "or as a cron expression: 30 2 * * 1-5")
    .option("--zone <zone>", "IANA time zone such as Europe/Vienna; UTC without it")
    .option("--jitter <seconds>", "each starts up to so much later")
    .option("--blackout <window...>", "nothing starts in it, every week: mon,tue:08:00-18:00");
}

/** Throws InputWrong for what cannot be meant; the hub judges the rest. */
export function timingIn({
  cron,
  every,
  zone,
  jitter,
  blackout = [],
}: WhenOptions): SchedulePreviewRequest {
  if ((cron === undefined) === (every === undefined))
    throw new InputWrong("say when: --every in plain words, or --cron");
  return {
    cron: cron ?? cronIn(every ?? ""),
    ...(zone !== undefined && { timeZone: zone }),
    ...(jitter !== undefined && { jitterSeconds: Number(jitter) }),
    ...(blackout.length > 0 && { blackouts: blackout.map(blackoutIn) }),
  };
}

/** `2026-11-26 02:30 Europe/Vienna`; an en dash for none. */
export function whenText(ms: number | undefined, timeZone = "UTC"): string {
  if (ms === undefined) return "–";
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    dateStyle: "short",
    timeStyle: "short",
  });
  return `${format.format(ms)} ${timeZone}`;
}

function cronIn(words: string): string {
  const read = readWords(words);
  if (read.kind === "refused") throw new InputWrong(`--every: ${read.reason}`);
  return read.cron;
}

function blackoutIn(window: string): Blackout {
  const [, days = "", from = "", until = ""] =
    /^([a-z,]+):(\d\d:\d\d)-(\d\d:\d\d)$/.exec(window.toLowerCase()) ?? [];
  const numbers = days
    .split(",")
    .map((day) => dayNames.findIndex((name) => name.slice(0, 3).toLowerCase() === day));
  if (numbers.includes(-1))
    throw new InputWrong(`--blackout ${window}: write it like mon,tue:08:00-18:00`);
  return { kind: "weekly", days: numbers, from, until };
}
