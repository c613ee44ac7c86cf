// `tidemark check-config`: every fault of the configuration at once.
import type { CommandGroup } from "./context.ts";
import { loadConfig } from "../config.ts";
import { ConfigInvalid } from "../errors.ts";
import { configFlags, flagsGiven } from "./config-flags.ts";

export const checkConfig: CommandGroup = (program, { env, print }) => {
  const command = program
    .command("check-config")
    .description("report every fault of the hub's configuration; exits 2 when there is one")
    .option("--json", "print the configuration, or the faults, as JSON");
  configFlags(command)
    .addHelpText("after", "\nExample:\n  $ tidemark check-config --config /etc/tidemark/hub.yaml")
    .action((options: Record<string, unknown>) => {
      const asJson = options["json"] === true;
      try {
        const config = loadConfig({ ...flagsGiven(options), env });
        print(asJson ? JSON.stringify(withoutSecrets(config), undefined, 2) : "no faults");
      } catch (error) {
        if (!asJson || !(error instanceof ConfigInvalid)) throw error;
        print(JSON.stringify({ problems: error.problems }));
        throw error;
      }
    });
};

function withoutSecrets(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      key === "password" && inner !== "" ? "(set)" : inner,
    ),
  );
}
