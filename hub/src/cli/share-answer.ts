// `tidemark share yes`, `no`, `withdraw`, `export`: what changes something. A yes is shown whole before it is asked for.
import {
  type ConsentAnswers,
  type SharedQuestion,
  SharingBundle,
  SharingOverview,
  SharingPreview,
  Withdrawn,
} from "@tidemark/proto";
import type { Command } from "commander";
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { CommandFailed, InputWrong } from "../errors.ts";
import type { HubClient } from "./client.ts";
import { confirmed } from "./confirm.ts";
import type { CliContext } from "./context.ts";
import { answeredText, consentText, lockText, withdrawnText } from "./share-text.ts";

interface AnswerOptions {
  readonly all?: true;
  readonly json?: true;
}

interface YesOptions extends AnswerOptions {
  readonly sha256?: string;
  readonly yes?: true;
}

export function shareAnswers(group: Command, { connect, print }: CliContext): void {
  answering(group.command("yes"), "say yes: shows all that would be sent, then asks")
    .option("--sha256 <hash>", "yes to this very catalogue, without being asked: for scripts")
    .option("--yes", "yes to whichever catalogue is in force, without being asked")
    .addHelpText(
      "after",
      `
Nothing leaves within a day of a yes, nor anything from before it. It holds for twelve months, and until a question
grows. The hash is what \`share status\` shows; with another catalogue in force nothing is changed.

Example:
  $ tidemark share yes fleet.size api.latency
  $ tidemark share yes --all --sha256 "$(cat reviewed.sha256)"`,
    )
    .action(async (ids: string[], options: YesOptions) => {
      const sha256 = hashIn(options.sha256);
      const hub = connect();
      const overview = await hub.get("/sharing", SharingOverview);
      const questions = chosen(overview, ids, options);
      if (overview.lock !== null)
        throw new CommandFailed(`nothing was changed. ${lockText(overview.lock)}`);
      if (sha256 !== undefined && sha256 !== overview.catalogue.sha256)
        throw new CommandFailed(
          `nothing was changed: the catalogue in force has the sha256 ${overview.catalogue.sha256}; look at it, and give that`,
        );
      const [only, ...more] = questions;
      const preview = await previewOf(hub, more.length === 0 ? only?.id : undefined);
      tell(consentText(overview, questions, preview));
      if (sha256 === undefined && options.yes !== true && !(await confirmed("Share this?"))) {
        print("Nothing was changed. `tidemark share no` keeps a no.");
        return;
      }
      await answer(hub, overview, questions, "yes", options);
    });

  answering(group.command("no"), "say no: it is kept here, and nothing is sent")
    .addHelpText(
      "after",
      `
What waits of these questions is dropped. To ask back what was sent, use \`share withdraw --delete\`.

Example:
  $ tidemark share no --all`,
    )
    .action(async (ids: string[], options: AnswerOptions) => {
      const hub = connect();
      const overview = await hub.get("/sharing", SharingOverview);
      await answer(hub, overview, chosen(overview, ids, options), "no", options);
    });

  group
    .command("withdraw")
    .description("end every yes at once and drop what waits")
    .option("--delete", "also ask the receiver to delete what was sent")
    .option("--json", "print what came of it as JSON")
    .addHelpText(
      "after",
      `
The ledger stays here. The receiver keeps single reports for 35 days; published sums of many operators stay as they are.

Example:
  $ tidemark share withdraw --delete`,
    )
    .action(async (options: { delete?: true; json?: true }) => {
      const how = { delete: options.delete === true };
      const withdrawn = await connect().send("POST", "/sharing/withdraw", Withdrawn, how);
      print(options.json ? JSON.stringify(withdrawn) : withdrawnText(withdrawn, how));
    });

  group
    .command("export")
    .description("write what waits to a file, to be carried to the receiver by hand")
    .requiredOption("--out <file>", "a file that is not there yet")
    .option("--json", "print how many reports were written as JSON")
    .addHelpText(
      "after",
      `
Only questions with a yes. What is written counts as sent, and can be written again while the receiver would take it.
The file is JSON, {"bodies": ["…", …]}: each the exact 1,024 bytes of one report in base64. Every body is to reach the
receiver on a connection of its own.

Example:
  $ tidemark share export --out reports.json`,
    )
    .action(async (options: { out: string; json?: true }) => {
      const reports = await writeBundle(connect(), options.out);
      const written =
        reports === 0 ? "Nothing waits; no file was written." : `Reports written: ${reports}.`;
      print(options.json ? JSON.stringify({ reports }) : written);
    });

  async function answer(
    hub: HubClient,
    { catalogue }: SharingOverview,
    questions: readonly SharedQuestion[],
    said: "yes" | "no",
    options: AnswerOptions,
  ): Promise<void> {
    const body: ConsentAnswers = {
      sha256: catalogue.sha256,
      answers: questions.map(({ id }) => ({ question: id, answer: said })),
    };
    const now = await hub.send("POST", "/sharing/answers", SharingOverview, body);
    const ids = questions.map(({ id }) => id);
    print(options.json ? JSON.stringify(now) : answeredText(said, ids, now));
  }
}

/** Of one question or of all: a hub gathers the facts once for as many questions as one request asks for. */
export async function previewOf(hub: HubClient, question?: string): Promise<SharingPreview> {
  const query = new URLSearchParams(question === undefined ? {} : { question });
  return await hub.get("/sharing/preview", SharingPreview, query);
}

const answering = (command: Command, description: string) =>
  command
    .description(description)
    .argument("[question...]", "ids of questions, as `share status` lists them")
    .option("--all", "every question")
    .option("--json", "print the questions and their answers as JSON");

/** The named questions, or all; throws InputWrong for one that the hub does not ask. */
export function chosen(
  { questions }: SharingOverview,
  ids: readonly string[],
  { all }: AnswerOptions,
): readonly SharedQuestion[] {
  if ((all === true) === ids.length > 0)
    throw new InputWrong("name the questions, or give --all: `tidemark share status` lists them");
  const unknown = ids.find((id) => !questions.some((question) => question.id === id));
  if (unknown !== undefined)
    throw new InputWrong(`there is no question ${unknown}: \`tidemark share status\` lists them`);
  return all === true ? questions : questions.filter(({ id }) => ids.includes(id));
}

function hashIn(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[0-9a-f]{64}$/.test(text))
    throw new InputWrong("--sha256: give 64 hexadecimal digits, as `tidemark share status` shows");
  return text;
}

/** How many reports it holds; without any there is no file. The file is made first: a name that cannot be written changes nothing. */
async function writeBundle(hub: HubClient, path: string): Promise<number> {
  const file = openNew(path);
  let isWhole = false;
  try {
    const bundle = await hub.send("POST", "/sharing/export", SharingBundle);
    if (bundle.bodies.length > 0) {
      write(file, path, bundle);
      isWhole = true;
    }
    return bundle.bodies.length;
  } finally {
    closeSync(file);
    if (!isWhole) rmSync(path, { force: true });
  }
}

function write(file: number, path: string, bundle: SharingBundle): void {
  try {
    writeFileSync(file, `${JSON.stringify(bundle)}\n`, { flush: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailed(
      `${path} cannot be written, and is removed; export again to another: ${reason}`,
      { cause },
    );
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputWrong(`${path} cannot be made: ${reason}`, { cause });
  }
}

/** Beside the outcome, which alone goes to the standard output. */
function tell(text: string): void {
  process.stderr.write(`${text}\n\n`);
}
