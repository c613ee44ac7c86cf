// `tidemark enrol-token`: a one-time token for one new agent; which are still good, and an end to one.
import { EnrolmentToken, EnrolmentTokenList } from "@tidemark/proto";
import { Type } from "typebox";
import { InputWrong } from "../errors.ts";
import type { CommandGroup } from "./context.ts";
import { ago, table } from "./table.ts";

export const enrolToken: CommandGroup = (program, { connect, print }) => {
  const command = program
    .command("enrol-token")
    .description("make a one-time token that enrols one agent; list and revoke them")
    .enablePositionalOptions()
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

  command
    .command("list")
    .description("tokens that nobody has used yet; never their secrets")
    .option("--json", "print the tokens as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark enrol-token list")
    .action(async (options: { json?: true }) => {
      const { items } = await connect().get("/enrolment-tokens", EnrolmentTokenList);
      if (options.json) {
        print(JSON.stringify(items));
        return;
      }
      const rows = items.map(({ id, createdBy, createdAtMs, expiresAtMs, labels }) => [
        id,
        createdBy,
        ago(createdAtMs, Date.now()),
        new Date(expiresAtMs).toISOString(),
        Object.entries(labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(","),
      ]);
      print(table(["ID", "BY", "MADE", "EXPIRES", "LABELS"], rows));
    });

  command
    .command("revoke")
    .description("make a token useless before it is used")
    .argument("<id>", "the token's id")
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark enrol-token revoke 4f2a…")
    .action(async (id: string, options: { json?: true }) => {
      await connect().send("DELETE", `/enrolment-tokens/${encodeURIComponent(id)}`, Type.Null());
      print(options.json ? JSON.stringify({ revoked: id }) : `${id} is revoked`);
    });
};

function pairOf(label: string): [string, string] {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(label) ?? [];
  if (key === undefined || value === undefined) throw new InputWrong(`${label} is not key=value`);
  return [key, value];
}
