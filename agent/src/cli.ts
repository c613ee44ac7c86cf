// The command line. Each command's work is imported when it is called, so that none pays for another's libraries.
import { hostname } from "node:os";
import { Command } from "commander";
import type { SettingName } from "./settings.ts";
import { flagOf, settingNames, settings, variableOf } from "./settings.ts";
import { agentVersion } from "./version.ts";

/** What a command needs of the process. */
export interface CliHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
  /** Aborted by SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
  readonly onReload: (listener: () => void) => void;
  readonly readStdin: () => Promise<string>;
}

type Flags = Partial<Record<SettingName, string>>;
interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Runs the command `args` name. Throws the classes of errors.ts, and commander's own for wrong usage. */
export async function runCli(args: readonly string[], host: CliHost): Promise<void> {
  const program = new Command("tidemark-agent")
    .description("Samples this host for a Tidemark hub and runs the load tests its policy allows.")
    .version(agentVersion)
    .showHelpAfterError("(--help shows what is possible)")
    .exitOverride();
  addRun(program, host);
  addOnce(program, host);
  addCheckConfig(program, host);
  addList(program, host);
  addEnroll(program, host);
  await program.parseAsync([...args], { from: "user" });
}

function addRun(program: Command, host: CliHost): void {
  const command = configured(program.command("run"), host)
    .summary("sample and ship until stopped")
    .description(
      "Samples this host and ships to the hub until SIGTERM or SIGINT. SIGHUP reads the configuration again. Logs JSON lines.",
    )
    .option("--json", "accepted for symmetry: the log is JSON already")
    .addHelpText("after", "\nExample:\n  tidemark-agent run --interval-seconds 1 --batch-ticks 5");
  command.action(async () => {
    const { pino } = await import("pino");
    const { runAgent } = await import("./compose.ts");
    const read = async () => (await import("./config.ts")).loadConfig(sources(command, host));
    const config = await read();
    // Where the hub's log goes too; standard output is for answers.
    const log = pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2 }));
    const { signal, onReload } = host;
    await runAgent({ config, readConfig: read, log, signal, onReload });
  });
}

function addOnce(program: Command, host: CliHost): void {
  const command = configured(program.command("once"), host)
    .summary("print one set of readings")
    .description("Reads every collector twice, a second apart, and prints what it saw.")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  tidemark-agent once --collectors cpu,memory --json");
  command.action(async (options: CommonOptions) => {
    const { loadConfig } = await import("./config.ts");
    const { printOnce } = await import("./cli-once.ts");
    await printOnce(loadConfig(sources(command, host)), options.json === true, host.print);
  });
}

function addCheckConfig(program: Command, host: CliHost): void {
  const command = configured(program.command("check-config"), host)
    .summary("check file, variables and flags")
    .description(
      "Checks the configuration and prints it; with faults, prints all and exits with 1.",
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  tidemark-agent check-config --config /etc/tidemark/agent.yaml",
    );
  command.action(async (options: CommonOptions) => {
    const { loadConfig } = await import("./config.ts");
    const config = loadConfig(sources(command, host));
    if (options.json === true) host.print(JSON.stringify({ ok: true, config }));
    else host.print(`the configuration is good\n${JSON.stringify(config, undefined, 2)}`);
  });
}

function addList(program: Command, host: CliHost): void {
  program
    .command("list")
    .summary("list collectors and metrics")
    .description("Lists the collectors and every metric an agent can ship.")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  tidemark-agent list")
    .action(async (options: CommonOptions) => {
      const { printList } = await import("./cli-list.ts");
      printList(options.json === true, host.print);
    });
}

interface EnrollOptions extends CommonOptions {
  readonly hub: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly name: string;
  readonly replace?: boolean;
  readonly caFile?: string;
}

function addEnroll(program: Command, host: CliHost): void {
  const command = configured(program.command("enroll"), host)
    .summary("make this host an agent of a hub")
    .description(
      "Makes a key pair on this host and trades a one-time token for credentials. A token on the command line can be seen " +
        "by every user of this host while the command runs: prefer --token-file or TIDEMARK_AGENT_TOKEN.",
    )
    .requiredOption("--hub <url>", "address of the hub, http:// or https://")
    .option("--token <token>", "the enrolment token (visible to other users: see above)")
    .option("--token-file <file>", "file that holds the token; - is standard input")
    .option("--name <name>", "what the agent is called", hostname())
    .option("--ca-file <file>", "PEM file of the authority behind the hub's certificate")
    .option("--replace", "enrol anew although this host has an identity")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  tidemark-agent enroll --hub https://hub.example.org --token-file token.txt",
    );
  command.action(async (options: EnrollOptions) => {
    const { runEnroll } = await import("./cli-enroll.ts");
    const { loadConfig } = await import("./config.ts");
    const { dataDir } = loadConfig(sources(command, host));
    await runEnroll({ ...options, dataDir }, host);
  });
}

/** Adds --config and a flag for every setting. */
function configured(command: Command, host: CliHost): Command {
  command.option("--config <file>", "YAML file; TIDEMARK_AGENT_CONFIG names it too");
  for (const name of settingNames) {
    const { help, fallback } = settings[name];
    const shown = typeof fallback === "number" || typeof fallback === "string";
    const standard = shown && !name.startsWith("ignored.") ? `, ${fallback} by default` : "";
    command.option(`${flagOf(name)} <value>`, `${help}${standard} (${variableOf(name)})`);
  }
  return command.hook("preAction", () => host.signal.throwIfAborted());
}

/** The flags given, by setting: commander keeps them under camel-cased flag names. */
function sources(command: Command, host: CliHost) {
  const options = command.opts<Record<string, unknown>>();
  const flags: Flags = {};
  for (const name of settingNames) {
    const value = options[attributeOf(name)];
    if (typeof value === "string") flags[name] = value;
  }
  const file = options["config"];
  return { flags, file: typeof file === "string" ? file : undefined, env: host.env };
}

const attributeOf = (name: SettingName) =>
  flagOf(name)
    .slice(2)
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
