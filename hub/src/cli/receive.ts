// `tidemark receive`: the maintainers' program, which takes what hubs share.
import { Option } from "commander";
import { bitsOf, canonicalJson, sharingCatalogue } from "@tidemark/proto";
import { CommandFailed } from "../errors.ts";
import { receiveConfig, receiveSettings } from "../receive/config.ts";
import type { Imported } from "../receive/import.ts";
import type { CommandGroup } from "./context.ts";

export const receive: CommandGroup = (program, { env, print }) => {
  const command = program
    .command("receive")
    .description("run the receiver of shared reports (for Tidemark's maintainers)");
  for (const [name, { kind, help, env: variable, fallback }] of Object.entries(receiveSettings)) {
    const without =
      fallback === undefined || Array.isArray(fallback) ? "" : `, ${String(fallback)} without`;
    command.addOption(new Option(`--${name} <${kind}>`, `${help} (${variable}${without})`));
  }
  command
    .option("--check", "report every fault of the settings and end; exits 2 when there is one")
    .option("--json", "with --check, print the settings as JSON")
    .addHelpText(
      "after",
      `
When ready it prints one line of JSON, { "ready": true, "url", "pid" }, on standard output; logs go to
standard error and hold neither addresses nor reports. GET /v1/key tells the key that senders verify
receipts with; /metrics wants the token in <data dir>/keys/metrics-token, and so do the pages with the charts
of what was answered, at /, as the password.

Example:
  $ tidemark receive --data-dir ./receiver --host 0.0.0.0 --tls-certificate-file tls.crt --tls-key-file tls.key`,
    )
    .action(async (options: Record<string, unknown>) => {
      const config = receiveConfig(typed(options), env);
      if (options["check"] === true) {
        print(options["json"] === true ? JSON.stringify(withoutPassword(config)) : "no faults");
        return;
      }
      const { runReceiver } = await import("../receive/run.ts");
      await runReceiver(config);
    });

  command
    .command("import <file>")
    .description("take the reports of a bundle that `tidemark share export` wrote")
    .option(
      "--data-dir <text>",
      `the running receiver's data directory (${receiveSettings["data-dir"].env})`,
    )
    .option("--json", "print the counts as JSON")
    .addHelpText(
      "after",
      `
A receiver must run on the data directory. Importing a file twice is harmless: each report counts once.
Exits with 1 when a report was not taken.

Example:
  $ tidemark receive import bundle.json --data-dir ./receiver`,
    )
    .action(async (file: string, options: Record<string, unknown>) => {
      const { dataDir } = receiveConfig(typed(options), env);
      const { importBundle } = await import("../receive/import.ts");
      const imported = await importBundle(file, dataDir);
      print(options["json"] === true ? JSON.stringify(imported) : importedText(imported));
      if (imported.unavailable > 0 || Object.keys(imported.refused).length > 0)
        throw new CommandFailed("not every report was taken");
    });

  command
    .command("catalogue")
    .description("print this program's catalogue, for --catalogues of a later one")
    .option("--json", "print it as JSON, as --catalogues reads it")
    .addHelpText("after", "\nExample:\n  $ tidemark receive catalogue --json > catalogue-1.json")
    .action((options: Record<string, unknown>) => {
      print(options["json"] === true ? canonicalJson(sharingCatalogue) : catalogueText());
    });
};

/** Commander names `--data-dir` dataDir. */
function typed(options: Readonly<Record<string, unknown>>): Partial<Record<string, string>> {
  const given: Partial<Record<string, string>> = {};
  for (const name of Object.keys(receiveSettings)) {
    const value = options[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === "string") given[name] = value;
  }
  return given;
}

function catalogueText(): string {
  const { version, questions } = sharingCatalogue;
  const lines = questions.map(
    (question) => `  ${question.id}: ${bitsOf(question).toFixed(1)} bits, ${question.asks}`,
  );
  return [`version ${version}`, ...lines].join("\n");
}

function importedText({ accepted, refused, unavailable }: Imported): string {
  const reasons = Object.entries(refused).map(([reason, count]) => `${count} refused: ${reason}`);
  const later = unavailable === 0 ? [] : [`${unavailable} to import again later`];
  return [`${accepted} taken`, ...reasons, ...later].join(", ");
}

const withoutPassword = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      key === "password" && inner !== "" ? "(set)" : inner,
    ),
  );
