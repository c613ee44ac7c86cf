// `tidemark share`: what the maintainers ask, what they would be told, what they were told; share-answer.ts has yes, no and the way out.
import {
  type LedgerEntry,
  LedgerPage,
  SharingOverview,
  canonicalJson,
  sharingCatalogue,
  sharingLimits,
} from "@tidemark/proto";
import process from "node:process";
import { catalogueSha256 } from "../sharing/catalogue-hash.ts";
import type { HubClient } from "./client.ts";
import type { CommandGroup } from "./context.ts";
import { chosen, previewOf, shareAnswers } from "./share-answer.ts";
import { catalogueText, ledgerText, previewText, statusText } from "./share-text.ts";
import { whole } from "./whole.ts";

/** What one command holds and prints at most: a hundred pages. */
const entriesMax = 100 * sharingLimits.ledgerPageMax;

export const share: CommandGroup = (program, context) => {
  const { connect, print } = context;
  const group = program
    .command("share")
    .description("answer questions of the maintainers, or do not: nothing leaves without a yes");

  group
    .command("status")
    .description("what was agreed to, what waits, and where it would go")
    .option("--json", "print the questions and their answers as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark share status")
    .action(async (options: { json?: true }) => {
      const overview = await connect().get("/sharing", SharingOverview);
      print(options.json ? JSON.stringify(overview) : statusText(overview));
    });

  group
    .command("catalogue")
    .description("every question, all that an answer to it can say, and why it is asked")
    .option("--json", "print the catalogue as canonical JSON, whose SHA-256 a yes is bound to")
    .addHelpText(
      "after",
      `
Of this very program; no hub is asked, and none needs to run. A hub asks the same when its status shows the same hash.

Example:
  $ tidemark share catalogue
  $ tidemark share catalogue --json | tr -d '\\n' | sha256sum`,
    )
    .action((options: { json?: true }) => {
      print(
        options.json
          ? canonicalJson(sharingCatalogue)
          : catalogueText(sharingCatalogue, catalogueSha256(sharingCatalogue)),
      );
    });

  group
    .command("preview")
    .description("the exact text of every report that would be sent, or waits to be")
    .option("--question <question>", "of this one alone; of all without it")
    .option("--json", "print the reports as JSON")
    .addHelpText(
      "after",
      `
Looking sends nothing and keeps nothing. Before a yes it is what today's data would say; after it, what the data
since then say, and once the period has ended the very bytes that will be sent: SHA-256 is of the text as it stands.

Example:
  $ tidemark share preview --question fleet.size`,
    )
    .action(async (options: { question?: string; json?: true }) => {
      const hub = connect();
      if (options.question !== undefined) {
        const overview = await hub.get("/sharing", SharingOverview);
        chosen(overview, [options.question], {});
      }
      const preview = await previewOf(hub, options.question);
      print(options.json ? JSON.stringify(preview) : previewText(preview));
    });

  group
    .command("ledger")
    .description("what was answered, sent, refused and deleted, newest first")
    .option(
      "--limit <n>",
      `the newest so many entries, at most ${entriesMax}`,
      whole(1, entriesMax),
      100,
    )
    .option("--full", "with the exact texts, their hashes and the receiver's receipts")
    .option("--json", "print the entries as JSON, with all they hold")
    .addHelpText("after", "\nExample:\n  $ tidemark share ledger --full --limit 20")
    .action(async (options: { limit: number; full?: true; json?: true }) => {
      const entries = await newest(connect(), options.limit);
      print(options.json ? JSON.stringify(entries) : ledgerText(entries, options.full === true));
    });

  shareAnswers(group, context);
};

/** Page by page; says how far it is where there are several. */
async function newest(hub: HubClient, limit: number): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (let cursor: string | null = ""; cursor !== null && entries.length < limit;) {
    const wanted = Math.min(sharingLimits.ledgerPageMax, limit - entries.length);
    const query = new URLSearchParams({ limit: `${wanted}` });
    if (cursor !== "") query.set("cursor", cursor);
    const page: LedgerPage = await hub.get("/sharing/ledger", LedgerPage, query);
    entries.push(...page.items);
    cursor = page.nextCursor;
    if (cursor !== null && entries.length < limit)
      process.stderr.write(`${entries.length} entries read\n`);
  }
  return entries;
}
