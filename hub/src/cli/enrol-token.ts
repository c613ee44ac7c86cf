// `tidemark enrol-token`: a one-time token for one new agent.
import { EnrolmentToken } from "@tidemark/proto";
import { CommandFailed } from "../errors.ts";
import type { CommandGroup } from "./context.ts";

export const enrolToken: CommandGroup = (program, { connect, print }) => {
  program
    .command("enrol-token")
    .description("make a one-time token that enrols one agent")
    .option("--label <key=value...>", "labels the agent gets")
    .option("--ttl <seconds>", "how long the token is good, 60 to 86400", "3600")
    .option("--json", "print the token as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark enrol-token --label role=rack --ttl 600")
    .action(async (options: { label?: string[]; ttl: string; json?: true }) => {
      const made = await connect().send("POST", "/enrolment-tokens", EnrolmentToken, {
        labels: Object.fromEntries((options.label ?? []).map(pairOf)),
        ttlSeconds: Number(options.ttl),
      });
      if (options.json) {
        print(JSON.stringify(made));
        return;
      }
      print(
        `Good once, until ${new Date(made.expiresAtMs).toISOString()}. On the host to be watched:`,
      );
      print(`  ${made.command}`);
      print("It asks for the token, which so stays out of the shell's history:");
      print(`  ${made.token}`);
    });
};

function pairOf(label: string): [string, string] {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(label) ?? [];
  if (key === undefined || value === undefined)
    throw new CommandFailed(`${label} is not key=value`);
  return [key, value];
}
