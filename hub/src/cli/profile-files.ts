// What `tidemark profile` reads from files and writes as documents: create, edit, import, export, promote.
import {
  ImportAnswer,
  Profile,
  ProfileDraft,
  type ProfileSpec,
  documentKinds,
} from "@tidemark/proto";
import { type Command, Option } from "commander";
import { readFileSync } from "node:fs";
import { CommandFailed, InputWrong } from "../errors.ts";
import { DocumentRefused } from "../profiles/exchange/document.ts";
import { importProfiles } from "../profiles/exchange/import.ts";
import { tidemarkYaml } from "../profiles/exchange/tidemark.ts";
import { findAgent } from "./agents.ts";
import type { HubClient } from "./client.ts";
import type { CliContext } from "./context.ts";
import { profileAt } from "./profile-find.ts";
import { printable } from "./table.ts";

interface PlacedOptions {
  readonly agent?: readonly string[];
  readonly selector?: string;
  readonly save?: true;
  readonly json?: true;
}

export function profileFiles(group: Command, { connect, print }: CliContext): void {
  group
    .command("create")
    .description("keep a load test as a profile")
    .argument("<file>", "YAML or JSON, as `export` writes it; - reads standard input")
    .option("--json", "print the profile as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark profile create machine-list.yaml")
    .action(async (file: string, options: { json?: true }) => {
      const made = await connect().send("POST", "/profiles", Profile, specIn(file));
      print(options.json ? JSON.stringify(made) : made.id);
    });

  group
    .command("edit")
    .description("make a new revision of a profile from a file")
    .argument("<profile>", "its id or name")
    .argument("<file>", "YAML or JSON, as `show` and `export` write it; - reads standard input")
    .requiredOption("--revision <n>", "the one that was edited: another in between is a conflict")
    .option("--json", "print the profile as JSON")
    .addHelpText(
      "after",
      '\nExample:\n  $ tidemark profile show "machine list" > list.yaml\n  $ tidemark profile edit "machine list" list.yaml --revision 3',
    )
    .action(async (name: string, file: string, options: { revision: string; json?: true }) => {
      const hub = connect();
      const edit = { revision: Number(options.revision), spec: specIn(file) };
      const { id } = await profileAt(hub, name);
      const made = await hub.send("PUT", `/profiles/${id}`, Profile, edit);
      print(options.json ? JSON.stringify(made) : `${made.id} revision ${made.revision}`);
    });

  placed(
    group
      .command("import")
      .description("read a profile, or one of SMP's or Meshery's, and print what it becomes")
      .argument("<file>", "YAML or JSON; - reads standard input")
      .addOption(
        new Option("--kind <kind>", "what the file is; recognised without").choices(documentKinds),
      ),
  )
    .addHelpText(
      "after",
      `
Nothing is kept without --save. What had to be guessed or cannot be carried over is printed as a comment.

Example:
  $ tidemark profile import smp-test.yaml --selector role=rack --save`,
    )
    .action(async (file: string, options: PlacedOptions & { kind?: string }) => {
      const hub = connect();
      const request = {
        document: textOf(file),
        ...(options.kind !== undefined && { kind: options.kind }),
      };
      const { drafts } = await hub.send("POST", "/profiles/import", ImportAnswer, request);
      await keepOrPrint(hub, drafts, options);
    });

  placed(
    group
      .command("promote")
      .description("make a profile of a run, or print what it lacks")
      .argument("<run>", "the run's id")
      .option("--name <name>", "what the profile is called; the run's name without"),
  )
    .addHelpText(
      "after",
      `
Values of headers, bodies and feeds are not kept with a run: without --save the draft is printed, to be filled in
and given to \`create\`.

Example:
  $ tidemark profile promote mf2xg3dpmf2xg3dp --name "machine list" --save`,
    )
    .action(async (run: string, options: PlacedOptions & { name?: string }) => {
      const hub = connect();
      const draft = await hub.get(`/runs/${encodeURIComponent(run)}/profile`, ProfileDraft);
      const { name = draft.spec.name } = options;
      await keepOrPrint(hub, [{ ...draft, spec: { ...draft.spec, name } }], options);
    });

  group
    .command("export")
    .description("print a profile as a document")
    .argument("<profile>", "its id or name")
    .addOption(
      new Option("--format <format>", "what to write")
        .choices(["yaml", "json", "smp"])
        .default("yaml"),
    )
    .option("--lossy", "write SMP also where it cannot carry everything")
    .option("--json", "the same as --format json")
    .addHelpText(
      "after",
      '\nExample:\n  $ tidemark profile export "machine list" --format smp --lossy > smp-test.yaml',
    )
    .action(async (name: string, options: { format: string; lossy?: true; json?: true }) => {
      const hub = connect();
      const { id } = await profileAt(hub, name);
      const query = new URLSearchParams({ format: options.json ? "json" : options.format });
      if (options.lossy) query.set("lossy", "true");
      print((await hub.text(`/profiles/${id}/export`, query)).trimEnd());
    });

  /** Keeps every draft, or prints them as documents to be filled in. */
  async function keepOrPrint(
    hub: HubClient,
    found: readonly ProfileDraft[],
    options: PlacedOptions,
  ): Promise<void> {
    const placement = await placementOf(hub, options);
    const drafts = found.map((draft) =>
      placement === undefined
        ? draft
        : {
            ...draft,
            spec: { ...draft.spec, placement },
            missing: draft.missing.filter(({ field }) => field !== "/placement"),
          },
    );
    if (options.save !== true) {
      print(options.json ? JSON.stringify(drafts) : drafts.map(draftText).join("\n"));
      return;
    }
    const lacking = drafts.flatMap(({ missing }) => missing);
    if (lacking.length > 0)
      throw new CommandFailed(
        `nothing was kept: ${lacking.map(({ field, reason }) => `${field}: ${reason}`).join("; ")}`,
      );
    const made: Profile[] = [];
    for (const { spec } of drafts) made.push(await hub.send("POST", "/profiles", Profile, spec));
    print(options.json ? JSON.stringify(made) : made.map(({ id }) => id).join("\n"));
  }
}

function placed(command: Command): Command {
  return command
    .option("--agent <agent...>", "id or name of each agent that sends")
    .option("--selector <selector>", "agents by their labels, such as role=rack")
    .option("--save", "keep it as a profile")
    .option("--json", "print drafts, or profiles with --save, as JSON");
}

async function placementOf(
  hub: HubClient,
  { agent = [], selector }: PlacedOptions,
): Promise<ProfileSpec["placement"] | undefined> {
  if (selector !== undefined && agent.length > 0)
    throw new InputWrong("give --agent or --selector, not both");
  if (selector !== undefined) return { selector };
  if (agent.length === 0) return undefined;
  const agents: string[] = [];
  for (const each of agent) agents.push((await findAgent(hub, each)).id);
  return { agents };
}

/** A document with its notes as comments. Two of them are two documents. */
function draftText({ spec, remarks, missing }: ProfileDraft, index: number): string {
  return [
    ...(index === 0 ? [] : ["---"]),
    ...remarks.map(({ field, reason }) => `# note ${field}: ${printable(reason)}`),
    ...missing.map(({ field, reason }) => `# missing ${field}: ${printable(reason)}`),
    tidemarkYaml(spec).trimEnd(),
  ].join("\n");
}

/** Of a document of Tidemark's own; the hub says what else is wrong with it. */
function specIn(file: string): ProfileSpec {
  try {
    const [draft] = importProfiles(textOf(file), "tidemark").drafts;
    if (draft !== undefined) return draft.spec;
  } catch (cause) {
    if (!(cause instanceof DocumentRefused)) throw cause;
    throw new InputWrong(`${file}: ${cause.message}`, { cause });
  }
  throw new InputWrong(`${file} holds no profile`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputWrong(`${file} cannot be read: ${reason}`, { cause });
  }
}
