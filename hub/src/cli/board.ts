// `tidemark board`: releases of every profile beside each other.
import { Board, figures } from "@tidemark/proto";
import { Option } from "commander";
import { InputWrong } from "../errors.ts";
import type { CommandGroup } from "./context.ts";
import { profileId } from "./profile-find.ts";
import { boardText } from "./verdict-text.ts";

export const board: CommandGroup = (program, { connect, print }) => {
  program
    .command("board")
    .description("releases of every profile beside each other")
    .addOption(new Option("--figure <figure>", "which figure").choices(figures).default("p50"))
    .option("--across <label>", "the label whose values are the columns", "release")
    .option(
      "--baseline <value>",
      "compare every column with this one; each with the one before without it",
    )
    .option("--profile <profile>", "only this profile, by id or name")
    .option(
      "--since <date>",
      "only runs from this day on, such as 2026-11-01; the last year without it",
    )
    .option("--json", "print the board as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark board --baseline 3.5 --figure p99")
    .action(async (options: BoardOptions) => {
      const hub = connect();
      const query = new URLSearchParams({ figure: options.figure, across: options.across });
      if (options.baseline !== undefined) query.set("baseline", options.baseline);
      if (options.profile !== undefined)
        query.set("profile", await profileId(hub, options.profile));
      if (options.since !== undefined) query.set("sinceMs", `${timeOf(options.since)}`);
      const found = await hub.get("/board", Board, query);
      print(options.json ? JSON.stringify(found) : boardText(found));
    });
};

interface BoardOptions {
  readonly figure: string;
  readonly across: string;
  readonly baseline?: string;
  readonly profile?: string;
  readonly since?: string;
  readonly json?: true;
}

function timeOf(date: string): number {
  const time = /^\d{4}-\d{2}-\d{2}/.test(date) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(time)) throw new InputWrong(`--since ${date}: a date is such as 2026-11-01`);
  return time;
}
