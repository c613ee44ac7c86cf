// `tidemark admin`: what only the owner of the hub's machine needs.
import { text } from "node:stream/consumers";
import { Type } from "typebox";
import { newPassword } from "../first-admin.ts";
import type { CommandGroup } from "./context.ts";

export const admin: CommandGroup = (program, { connect, print }) => {
  program
    .command("admin")
    .description("recover access to the hub")
    .command("reset-password")
    .description("set the password of a user; made up unless given on standard input")
    .argument("[user]", "whose password", "admin")
    .option("--stdin", "read the password from standard input")
    .option("--json", "print the user and a made-up password as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark admin reset-password --stdin < password.txt")
    .action(async (user: string, options: { stdin?: true; json?: true }) => {
      const given = options.stdin ? (await text(process.stdin)).trimEnd() : undefined;
      const password = given ?? newPassword();
      await connect().send("PUT", `/users/${encodeURIComponent(user)}/password`, Type.Null(), {
        password,
        role: "admin",
      });
      if (options.json) print(JSON.stringify(given === undefined ? { user, password } : { user }));
      else print(given === undefined ? password : `the password of ${user} is changed`);
    });
};
