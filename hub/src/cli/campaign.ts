// `tidemark campaign`: run a profile, list, follow and cancel.
import { Campaign, CampaignList, type NewCampaign, campaignKinds } from "@tidemark/proto";
import { Option } from "commander";
import { CommandFailed, InputWrong } from "../errors.ts";
import { campaignText, stepsDone } from "./campaign-text.ts";
import { watchCampaign } from "./campaign-watch.ts";
import type { HubClient } from "./client.ts";
import type { CommandGroup } from "./context.ts";
import { profileAt, profileId } from "./profile-find.ts";
import { ago, table } from "./table.ts";

/** As of `tidemark run --watch`. */
const endedOtherwise = 4;

export const campaign: CommandGroup = (program, { connect, print }) => {
  const group = program
    .command("campaign")
    .description("run a profile's variants one after the other; list, follow and cancel");

  group
    .command("start")
    .description("run a profile; the campaign's id is printed")
    .argument("<profile>", "its id or name")
    .option("--variants <selector>", "which variants, such as release=3.6; all without it")
    .option("--repeats <n>", "runs of each variant; as the profile says without it")
    .option("--revision <n>", "revision of the profile; the latest without it")
    .option("--watch", "follow it to its end")
    .option("--json", "print the campaign as JSON")
    .addHelpText(
      "after",
      `
Exit codes with --watch: 0 completed, 4 ended otherwise; it goes on when this is interrupted.

Example:
  $ tidemark campaign start "machine list" --variants release=3.6 --repeats 5 --watch`,
    )
    .action(async (name: string, options: StartOptions) => {
      const hub = connect();
      const { id: profile } = await profileAt(hub, name);
      const path = `/profiles/${encodeURIComponent(profile)}/run`;
      const started = await hub.send("POST", path, Campaign, requestOf(options));
      if (options.watch) await watched(hub, started.id, options.json === true);
      else print(options.json ? JSON.stringify(started) : started.id);
    });

  group
    .command("list")
    .description("campaigns, newest first")
    .option("--profile <profile>", "only of this profile, by id or name")
    .addOption(new Option("--kind <kind>", "only of this kind").choices(campaignKinds))
    .option("--limit <n>", "how many", "20")
    .option("--json", "print the campaigns as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark campaign list --kind comparison --limit 5")
    .action(async (options: ListOptions) => {
      const hub = connect();
      const query = new URLSearchParams({ limit: options.limit });
      if (options.kind !== undefined) query.set("kind", options.kind);
      if (options.profile !== undefined)
        query.set("profile", await profileId(hub, options.profile));
      const { items } = await hub.get("/campaigns", CampaignList, query);
      if (options.json) {
        print(JSON.stringify(items));
        return;
      }
      const rows = items.map((one) => [
        one.id,
        one.kind,
        one.state,
        ago(one.createdAtMs, Date.now()),
        `${stepsDone(one)}/${one.steps.length}`,
        one.createdBy,
        one.profile.name,
      ]);
      print(table(["ID", "KIND", "STATE", "WHEN", "RUNS", "BY", "PROFILE"], rows));
    });

  group
    .command("show")
    .description("one campaign: its runs, and its verdicts if it compares")
    .argument("<campaign>", "its id")
    .option("--json", "print the campaign as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark campaign show mf2xg3dpmf2xg3dp")
    .action(async (id: string, options: { json?: true }) => {
      const found = await connect().get(`/campaigns/${encodeURIComponent(id)}`, Campaign);
      print(options.json ? JSON.stringify(found) : campaignText(found));
    });

  group
    .command("watch")
    .description("follow a campaign to its end; it goes on when this is interrupted")
    .argument("<campaign>", "its id")
    .option("--json", "print the campaign as JSON once it has ended")
    .addHelpText("after", "\nExample:\n  $ tidemark campaign watch mf2xg3dpmf2xg3dp")
    .action((id: string, options: { json?: true }) =>
      watched(connect(), id, options.json === true),
    );

  group
    .command("cancel")
    .description("end a campaign and its run under way")
    .argument("<campaign>", "its id")
    .option("--json", "print the campaign as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark campaign cancel mf2xg3dpmf2xg3dp")
    .action(async (id: string, options: { json?: true }) => {
      const path = `/campaigns/${encodeURIComponent(id)}/cancel`;
      const ended = await connect().send("POST", path, Campaign);
      print(options.json ? JSON.stringify(ended) : `${ended.id} is ${ended.state}`);
    });

  async function watched(hub: HubClient, id: string, asJson: boolean): Promise<void> {
    const ended = await watchCampaign(hub, id, asJson ? () => undefined : print);
    print(asJson ? JSON.stringify(ended) : campaignText(ended));
    if (ended.state === "completed") return;
    throw new CommandFailed(`the campaign ${id} ended ${ended.state}`, {
      exitCode: endedOtherwise,
    });
  }
};

interface StartOptions {
  readonly variants?: string;
  readonly repeats?: string;
  readonly revision?: string;
  readonly watch?: true;
  readonly json?: true;
}

interface ListOptions {
  readonly profile?: string;
  readonly kind?: string;
  readonly limit: string;
  readonly json?: true;
}

function requestOf({ variants, repeats, revision }: StartOptions): NewCampaign {
  return {
    ...(variants !== undefined && { variants }),
    ...(repeats !== undefined && { repeats: wholeNumber("--repeats", repeats) }),
    ...(revision !== undefined && { revision: wholeNumber("--revision", revision) }),
  };
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InputWrong(`${option} ${text}: give a whole number, 1 or more`);
}
