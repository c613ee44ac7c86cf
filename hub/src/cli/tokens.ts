// `tidemark tokens`: API tokens for programs.
import { CreatedToken, TokenList, roles } from "@tidemark/proto";
import { Option } from "commander";
import { Type } from "typebox";
import type { CommandGroup } from "./context.ts";
import { ago, table } from "./table.ts";

export const tokens: CommandGroup = (program, { connect, print }) => {
  const group = program.command("tokens").description("list, create and revoke API tokens");

  group
    .command("list")
    .description("API tokens; never their secrets")
    .option("--json", "print the tokens as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark tokens list")
    .action(async (options: { json?: true }) => {
      const { items } = await connect().get("/tokens", TokenList);
      if (options.json) {
        print(JSON.stringify(items));
        return;
      }
      const rows = items.map((token) => [
        token.id,
        token.name,
        token.role,
        token.createdBy,
        token.expiresAtMs === null ? "never" : new Date(token.expiresAtMs).toISOString(),
        ago(token.lastUsedAtMs, Date.now()),
      ]);
      print(table(["ID", "NAME", "ROLE", "BY", "EXPIRES", "USED"], rows));
    });

  group
    .command("create")
    .description("make an API token; its secret is printed this once")
    .argument("<name>", "what it is for")
    .addOption(new Option("--role <role>", "what it may do").choices(roles).default("viewer"))
    .option("--days <days>", "days until it expires; never without")
    .option("--json", "print the token and its secret as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ tidemark tokens create prometheus --role viewer --days 365",
    )
    .action(async (name: string, options: { role: string; days?: string; json?: true }) => {
      const created = await connect().send("POST", "/tokens", CreatedToken, {
        name,
        role: options.role,
        expiresInDays: options.days === undefined ? null : Number(options.days),
      });
      print(options.json ? JSON.stringify(created) : created.secret);
    });

  group
    .command("revoke")
    .description("make an API token useless")
    .argument("<id>", "the token's id")
    .option("--json", "print the outcome as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark tokens revoke 4f2a…")
    .action(async (id: string, options: { json?: true }) => {
      await connect().send("DELETE", `/tokens/${encodeURIComponent(id)}`, Type.Null());
      print(options.json ? JSON.stringify({ revoked: id }) : `${id} is revoked`);
    });
};
