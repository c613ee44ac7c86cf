// `tidemark history`: a profile's runs along time, and where their level changed.
import { History, figures } from "@tidemark/proto";
import { Option } from "commander";
import type { CommandGroup } from "./context.ts";
import { profileId } from "./profile-find.ts";
import { historyText } from "./verdict-text.ts";

export const history: CommandGroup = (program, { connect, print }) => {
  program
    .command("history")
    .description("a profile's runs along time, and where their level changed")
    .argument("<profile>", "its id or name")
    .addOption(new Option("--figure <figure>", "which figure").choices(figures).default("p50"))
    .option("--variants <selector>", "only these variants, such as dataset=1000")
    .option("--limit <n>", "the newest so many runs; 2,000 without it")
    .option("--json", "print the history as JSON")
    .addHelpText(
      "after",
      '\nExample:\n  $ tidemark history "machine list" --figure p99 --variants dataset=1000',
    )
    .action(async (name: string, options: HistoryOptions) => {
      const hub = connect();
      const query = new URLSearchParams({ figure: options.figure });
      if (options.variants !== undefined) query.set("variants", options.variants);
      if (options.limit !== undefined) query.set("limit", options.limit);
      const path = `/profiles/${await profileId(hub, name)}/history`;
      const found = await hub.get(path, History, query);
      print(options.json ? JSON.stringify(found) : historyText(found));
    });
};

interface HistoryOptions {
  readonly figure: string;
  readonly variants?: string;
  readonly limit?: string;
  readonly json?: true;
}
