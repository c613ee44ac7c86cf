// The command line. Each command's work is imported when it is called, so that none pays for another's libraries.
import { hostname } from "node:os";
import { Command, Option } from "commander";
import type { ConfigSources } from "./config.ts";
import { readIdentity } from "./enrol/identity.ts";
import { handOver } from "./handover.ts";
import type { SettingName } from "./settings.ts";
import { flagOf, settingNames, settings, variableOf } from "./settings.ts";
import { agentVersion } from "./version.ts";

interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
}

interface CheckOptions extends CommonOptions {
  /** For a reload, which the policy has no part in: that is read before every run. */
  readonly settingsOnly?: boolean;
}

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Runs the command `args` name. Throws the classes of errors.ts, and commander's own for wrong usage. */
export async function runCli(
  args: readonly string[],
  script: string,
  signal: AbortSignal,
): Promise<void> {
  const program = new Command("tidemark-agent")
    .description("Samples this host for a Tidemark hub and runs the load tests its policy allows.")
    .version(agentVersion)
    .showHelpAfterError("(--help shows what is possible)")
    .exitOverride();
  addRun(program, script, signal);
  addOnce(program);
  addCheckConfig(program);
  addList(program);
  addEnroll(program);
  addInventory(program);
  await program.parseAsync([...args], { from: "user" });
}

function addRun(program: Command, script: string, signal: AbortSignal): void {
  const command = configured(program.command("run"))
    .summary("sample and ship until stopped")
    .description(
      "Samples this host and ships to the hub until SIGTERM or SIGINT. SIGHUP reads the configuration again. Logs JSON lines.",
    )
    .option("--json", "accepted for symmetry: the log is JSON already")
    .addHelpText("after", "\nExample:\n  tidemark-agent run --interval-seconds 1 --batch-ticks 5");
  command.action(async () => {
    const { loadConfig } = await import("./config.ts");
    const given = sources(command);
    const config = loadConfig(given);
    readIdentity(config.dataDir);
    const configArgs = argsOf(given);
    handOver(script, config, configArgs);
    const { stay } = await import("./resident.ts");
    await stay(JSON.stringify({ config, configArgs }), script, signal);
  });
}

function addOnce(program: Command): void {
  const command = configured(program.command("once"))
    .summary("print one set of readings")
    .description("Reads every collector twice, a second apart, and prints what it saw.")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  tidemark-agent once --collectors cpu,memory --json");
  command.action(async (options: CommonOptions) => {
    const { loadConfig } = await import("./config.ts");
    const { printOnce } = await import("./cli-once.ts");
    await printOnce(loadConfig(sources(command)), options.json === true, print);
  });
}

function addCheckConfig(program: Command): void {
  const command = configured(program.command("check-config"))
    .summary("check file, variables and flags, the load policy and the secrets")
    .description(
      "Checks the configuration, policy.yaml and secrets.yaml, and prints the configuration; with faults, prints all and exits with 1.",
    )
    .option("--json", "print JSON")
    .addOption(new Option("--settings-only", "leave policy and secrets alone").hideHelp())
    .addHelpText(
      "after",
      "\nExample:\n  tidemark-agent check-config --config /etc/tidemark/agent.yaml",
    );
  command.action(async (options: CheckOptions) => {
    const { checkConfig } = await import("./cli-check.ts");
    const config = await checkConfig(sources(command), options.settingsOnly === true);
    if (options.json === true) print(JSON.stringify({ ok: true, config }));
    else print(`the configuration is good\n${JSON.stringify(config, undefined, 2)}`);
  });
}

function addList(program: Command): void {
  program
    .command("list")
    .summary("list collectors and metrics")
    .description("Lists the collectors and every metric an agent can ship.")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  tidemark-agent list")
    .action(async (options: CommonOptions) => {
      const { printList } = await import("./cli-list.ts");
      printList(options.json === true, print);
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

function addEnroll(program: Command): void {
  const command = configured(program.command("enroll"))
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
    const { dataDir } = loadConfig(sources(command));
    await runEnroll({ ...options, dataDir }, print);
  });
}

/** For the running agent, which asks a short-lived process of this program so that it stays small itself. */
function addInventory(program: Command): void {
  program.command("inventory", { hidden: true }).action(async () => {
    const { readInventory } = await import("./inventory/read.ts");
    print(JSON.stringify(await readInventory(agentVersion)));
  });
}

/** Adds --config and a flag for every setting. */
function configured(command: Command): Command {
  command.option("--config <file>", "YAML file; TIDEMARK_AGENT_CONFIG names it too");
  for (const name of settingNames) {
    const { help, fallback } = settings[name];
    const shown = typeof fallback === "number" || typeof fallback === "string";
    const standard = shown && !name.startsWith("ignored.") ? `, ${fallback} by default` : "";
    command.option(`${flagOf(name)} <value>`, `${help}${standard} (${variableOf(name)})`);
  }
  return command;
}

/** The flags given, by setting: commander keeps them under camel-cased flag names. */
function sources(command: Command): ConfigSources {
  const options = command.opts<Record<string, unknown>>();
  const flags: Partial<Record<SettingName, string>> = {};
  for (const name of settingNames) {
    const value = options[attributeOf(name)];
    if (typeof value === "string") flags[name] = value;
  }
  const file = options["config"];
  return { flags, file: typeof file === "string" ? file : undefined, env: process.env };
}

/** The same flags again, for a process that is to read the configuration once more. */
function argsOf({ flags, file }: ConfigSources): string[] {
  const args = file === undefined ? [] : ["--config", file];
  for (const name of settingNames) {
    const value = flags[name];
    if (value !== undefined) args.push(`${flagOf(name)}=${value}`);
  }
  return args;
}

const attributeOf = (name: SettingName) =>
  flagOf(name)
    .slice(2)
    .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
