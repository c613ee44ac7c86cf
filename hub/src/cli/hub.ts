// `tidemark hub`: runs the hub until SIGTERM or SIGINT.
import type { CommandGroup } from "./context.ts";
import { loadConfig } from "../config.ts";
import { configFlags, flagsGiven } from "./config-flags.ts";

export const hub: CommandGroup = (program, { env }) => {
  const command = program.command("hub").description("run the hub in the foreground");
  configFlags(command)
    .addHelpText(
      "after",
      `
When ready it prints one line of JSON, { "ready": true, "url", "pid" }, on standard output; logs go to
standard error. The first start makes the user "admin"; without TIDEMARK_ADMIN_PASSWORD its password is
made up, and shown once on a terminal, or else left in <data dir>/keys/initial-admin-password.

Example:
  $ tidemark hub --data-dir ./data --http-port 8478`,
    )
    .action(async (options: Record<string, unknown>) => {
      const config = loadConfig({ ...flagsGiven(options), env });
      // The hub's parts take half a second to load; the other commands do without them.
      const { runHub } = await import("../run.ts");
      await runHub(config);
    });
};
