// The command line: which commands there are, and how failures become exit codes (1 could not do it, 2 wrong input).
import { Command, CommanderError } from "commander";
import { admin } from "./cli/admin.ts";
import { agents } from "./cli/agents.ts";
import { board } from "./cli/board.ts";
import { compare } from "./cli/compare.ts";
import { history } from "./cli/history.ts";
import { campaign } from "./cli/campaign.ts";
import { checkConfig } from "./cli/check-config.ts";
import type { CommandGroup } from "./cli/context.ts";
import { enrolToken } from "./cli/enrol-token.ts";
import { gate } from "./cli/gate.ts";
import { hub } from "./cli/hub.ts";
import { profile } from "./cli/profile.ts";
import { receive } from "./cli/receive.ts";
import { run } from "./cli/run.ts";
import { runs } from "./cli/runs.ts";
import { schedule } from "./cli/schedule.ts";
import { share } from "./cli/share.ts";
import { simulate } from "./cli/simulate.ts";
import { status } from "./cli/status.ts";
import { tokens } from "./cli/tokens.ts";
import { webhook } from "./cli/webhook.ts";
import { connect } from "./cli/client.ts";
import { processEnv } from "./config.ts";
import { CommandFailed, ConfigInvalid } from "./errors.ts";
import { hubVersion } from "./version.ts";

/** Every command; one file each. */
export const commandGroups = [
  hub,
  checkConfig,
  status,
  agents,
  enrolToken,
  tokens,
  run,
  runs,
  profile,
  campaign,
  gate,
  webhook,
  compare,
  history,
  board,
  schedule,
  share,
  simulate,
  receive,
  admin,
] as const satisfies readonly CommandGroup[];

/** Runs one command line; the exit code. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const program = new Command("tidemark")
    .description("Watches a fleet, measures it under load, and says whether it got slower.")
    .version(hubVersion)
    .exitOverride()
    // An option belongs to the command before it: `enrol-token list --json`.
    .enablePositionalOptions()
    .addHelpText(
      "after",
      `
Commands that talk to a hub find it by TIDEMARK_URL and TIDEMARK_TOKEN (an API token), or, on the
hub's own machine, by TIDEMARK_DATA_DIR (default /var/lib/tidemark), whose owner is admin.

Example:
  $ TIDEMARK_DATA_DIR=./data tidemark hub
  $ TIDEMARK_DATA_DIR=./data tidemark enrol-token`,
    );
  const context = {
    env: processEnv,
    print: (text: string) => process.stdout.write(`${text}\n`),
    connect: () => connect(processEnv),
  };
  for (const group of commandGroups) group(program, context);
  try {
    await program.parseAsync([...argv]);
    return 0;
  } catch (error) {
    // Commander has printed its own message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ConfigInvalid) return fail(error.message, 2);
    if (error instanceof CommandFailed) return fail(error.message, error.exitCode);
    if (isForeseen(error)) return fail(error.message, 1);
    throw error;
  }
}

/** What the hub's parts and the system say of a start that cannot be has a code; a bug has none. */
const isForeseen = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && typeof error.code === "string";

function fail(message: string, code: number): number {
  process.stderr.write(`tidemark: ${message}\n`);
  return code;
}
