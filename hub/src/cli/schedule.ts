// `tidemark schedule`: list, show, create, pause, resume, run now, remove; schedule-ahead.ts has what looks ahead.
import {
  Firing,
  FiringList,
  Schedule,
  ScheduleList,
  type ScheduleSpec,
  missedPolicies,
  overlaps,
} from "@tidemark/proto";
import { type Command, Option } from "commander";
import { Type } from "typebox";
import { CommandFailed } from "../errors.ts";
import type { HubClient } from "./client.ts";
import type { CliContext, CommandGroup } from "./context.ts";
import { profileId } from "./profile-find.ts";
import { scheduleAhead } from "./schedule-ahead.ts";
import { type WhenOptions, timingIn, whenOptions, whenText } from "./schedule-when.ts";
import { table } from "./table.ts";

export const schedule: CommandGroup = (program, context) => {
  const { connect, print } = context;
  const group = program.command("schedule").description("let profiles run by themselves");

  group
    .command("list")
    .description("schedules by name, with their next start")
    .option("--json", "print the schedules as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark schedule list")
    .action(async (options: { json?: true }) => {
      const list = await connect().get("/schedules", ScheduleList);
      if (options.json) {
        print(JSON.stringify(list));
        return;
      }
      const rows = list.items.map(({ id, spec, profileName, words, nextMs, lastFiring }) => [
        id,
        spec.name,
        profileName,
        words,
        spec.paused === true ? "paused" : whenText(nextMs[0], spec.timeZone),
        lastFiring?.outcome ?? "never",
      ]);
      print(table(["ID", "NAME", "PROFILE", "WHEN", "NEXT", "LAST"], rows));
      if (list.leader === null) print("No hub leads at the moment: nothing starts by itself.");
    });

  group
    .command("show")
    .description("one schedule, its next five starts and what came of its last ten times")
    .argument("<schedule>", "its id or name")
    .option("--json", "print the schedule as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark schedule show nightly")
    .action(async (name: string, options: { json?: true }) => {
      const hub = connect();
      const found = await scheduleAt(hub, name);
      const query = new URLSearchParams({ limit: "10" });
      const { items } = await hub.get(`/schedules/${found.id}/firings`, FiringList, query);
      print(options.json ? JSON.stringify(found) : showText(found, items));
    });

  whenOptions(
    group
      .command("create")
      .description("let a profile run by itself; the schedule's id is printed")
      .argument("<name>", "the schedule's name")
      .requiredOption("--profile <profile>", "its id or name")
      .option("--variants <selector>", "which variants, such as release=3.6; all without it"),
  )
    .addOption(
      new Option("--overlap <policy>", "when the one before has not ended").choices(overlaps),
    )
    .addOption(
      new Option("--missed <policy>", "what was due while no hub ran").choices(missedPolicies),
    )
    .option("--missed-within <seconds>", "how late it may be made up for; 3600 without it")
    .option("--json", "print the schedule as JSON")
    .addHelpText(
      "after",
      `
Example:
  $ tidemark schedule create nightly --profile "machine list" --every "weekday at 02:30" --zone Europe/Vienna
  $ tidemark schedule create often --profile smoke --cron "*/15 * * * *" --overlap queue --jitter 60`,
    )
    .action(async (name: string, options: CreateOptions) => {
      const hub = connect();
      const made = await hub.send("POST", "/schedules", Schedule, {
        name,
        profile: await profileId(hub, options.profile),
        ...timingIn(options),
        ...(options.variants !== undefined && { variants: options.variants }),
        ...(options.overlap !== undefined && { overlap: options.overlap }),
        ...(options.missed !== undefined && { missed: options.missed }),
        ...(options.missedWithin !== undefined && {
          missedWithinSeconds: Number(options.missedWithin),
        }),
      });
      print(options.json ? JSON.stringify(made) : made.id);
    });

  changes(group, context);
  scheduleAhead(group, context);
};

function changes(group: Command, { connect, print }: CliContext): void {
  for (const [verb, description] of [
    ["pause", "start nothing until it is resumed; what waits is skipped"],
    ["resume", "go on with the next time"],
  ] as const)
    group
      .command(verb)
      .description(description)
      .argument("<schedule>", "its id or name")
      .option("--json", "print the schedule as JSON")
      .addHelpText("after", `\nExample:\n  $ tidemark schedule ${verb} nightly`)
      .action(async (name: string, options: { json?: true }) => {
        const hub = connect();
        const { id, spec } = await scheduleAt(hub, name);
        const body: ScheduleSpec = { ...spec, paused: verb === "pause" };
        const changed = await hub.send("PUT", `/schedules/${id}`, Schedule, body);
        print(options.json ? JSON.stringify(changed) : `${changed.spec.name} is ${verb}d`);
      });

  group
    .command("run")
    .description("run it now, beside its times; its campaign's id is printed")
    .argument("<schedule>", "its id or name")
    .option("--json", "print the firing as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark schedule run nightly")
    .action(async (name: string, options: { json?: true }) => {
      const hub = connect();
      const { id } = await scheduleAt(hub, name);
      const firing = await hub.send("POST", `/schedules/${id}/run`, Firing);
      print(options.json ? JSON.stringify(firing) : (firing.campaign ?? firing.id));
    });

  group
    .command("remove")
    .description("remove a schedule; what it has started goes on")
    .argument("<schedule>", "its id or name")
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark schedule remove nightly")
    .action(async (name: string, options: { json?: true }) => {
      const hub = connect();
      const { id, spec } = await scheduleAt(hub, name);
      await hub.send("DELETE", `/schedules/${id}`, Type.Null());
      print(options.json ? JSON.stringify({ removed: id }) : `${spec.name} is removed`);
    });
}

async function scheduleAt(hub: HubClient, idOrName: string): Promise<Schedule> {
  const { items } = await hub.get("/schedules", ScheduleList);
  const asked = idOrName.toLowerCase();
  const found = items.filter(
    ({ id, spec }) => id === idOrName || spec.name.toLowerCase() === asked,
  );
  const [only] = found;
  if (only === undefined) throw new CommandFailed(`there is no schedule ${idOrName}`);
  if (found.length > 1)
    throw new CommandFailed(`${found.length} schedules are named ${idOrName}; use an id`);
  return only;
}

function showText(
  { id, spec, profileName, words, nextMs }: Schedule,
  last: readonly Firing[],
): string {
  const zone = spec.timeZone ?? "UTC";
  const paused = spec.paused === true ? ", paused" : "";
  const next = nextMs.map((ms) => `  ${whenText(ms, zone)}`);
  const rows = last.map(({ startsAtMs, outcome, campaign, cause }) => [
    `  ${whenText(startsAtMs, zone)}`,
    outcome,
    campaign ?? "–",
    cause,
  ]);
  return [
    `${spec.name} (${id}): ${words}, ${zone}${paused}`,
    `  profile ${profileName}${spec.variants === undefined ? "" : `, variants ${spec.variants}`}`,
    ...(next.length === 0 ? [] : ["next starts", ...next]),
    ...(rows.length === 0 ? [] : [table(["LAST", "OUTCOME", "CAMPAIGN", "CAUSE"], rows)]),
  ].join("\n");
}

interface CreateOptions extends WhenOptions {
  readonly profile: string;
  readonly variants?: string;
  readonly overlap?: string;
  readonly missed?: string;
  readonly missedWithin?: string;
  readonly json?: true;
}
