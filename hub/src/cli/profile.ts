// `tidemark profile`: list, show, archive and restore; profile-files.ts has what reads and writes documents.
import { Profile } from "@tidemark/proto";
import { tidemarkYaml } from "../profiles/exchange/tidemark.ts";
import type { CommandGroup } from "./context.ts";
import { profileFiles } from "./profile-files.ts";
import { listedProfiles, profileAt, profileId } from "./profile-find.ts";
import { ago, table } from "./table.ts";

export const profile: CommandGroup = (program, context) => {
  const { connect, print } = context;
  const group = program
    .command("profile")
    .description("load tests that are kept: list, show, make, edit, import, export");

  group
    .command("list")
    .description("profiles by name")
    .option("--archived", "those that are archived")
    .option("--json", "print the profiles as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark profile list")
    .action(async (options: { archived?: true; json?: true }) => {
      const items = await listedProfiles(connect(), options.archived === true);
      if (options.json) {
        print(JSON.stringify(items));
        return;
      }
      const rows = items.map((row) => [
        row.id,
        row.name,
        String(row.revision),
        ago(row.revisedAtMs, Date.now()),
        row.shape,
        row.variants.length === 0 ? "–" : String(row.variants.length),
        row.lastRun?.state ?? "never",
        row.target,
      ]);
      const header = ["ID", "NAME", "REVISION", "WHEN", "LOAD", "VARIANTS", "LAST RUN", "TARGET"];
      print(table(header, rows));
    });

  group
    .command("show")
    .description("one profile, as the document that `create` and `edit` take")
    .argument("<profile>", "its id or name")
    .option("--revision <n>", "as this revision had it; the latest without")
    .option("--json", "print the profile as JSON")
    .addHelpText("after", '\nExample:\n  $ tidemark profile show "machine list" --revision 3')
    .action(async (name: string, options: { revision?: string; json?: true }) => {
      const hub = connect();
      const found = await profileAt(hub, name, options.revision);
      print(options.json ? JSON.stringify(found) : profileText(found));
    });

  for (const [verb, description] of [
    ["archive", "keep a profile for its runs alone: it runs no more, and its name is free"],
    ["restore", "bring an archived profile back"],
  ] as const)
    group
      .command(verb)
      .description(description)
      .argument("<profile>", "its id or name")
      .option("--json", "print the profile as JSON")
      .addHelpText("after", `\nExample:\n  $ tidemark profile ${verb} "machine list"`)
      .action(async (name: string, options: { json?: true }) => {
        const hub = connect();
        const id = await profileId(hub, name, verb === "restore");
        const changed = await hub.send("POST", `/profiles/${id}/${verb}`, Profile);
        print(options.json ? JSON.stringify(changed) : `${changed.spec.name} is ${verb}d`);
      });

  profileFiles(group, context);
};

function profileText({ id, revision, spec, revisedBy, archivedAtMs, ...rest }: Profile): string {
  const archived = archivedAtMs === null ? "" : ", archived";
  return [
    `# ${id}, revision ${revision} by ${revisedBy}, ${ago(rest.revisedAtMs, Date.now())}${archived}`,
    ...(rest.remarks ?? []).map((remark) => `# now: ${remark}`),
    tidemarkYaml(spec).trimEnd(),
  ].join("\n");
}
