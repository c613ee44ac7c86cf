// `tidemark runs`: list, show, name, follow and stop load tests.
import { Run, RunList, pacingText } from "@tidemark/proto";
import type { CommandGroup } from "./context.ts";
import { watchRun } from "./run.ts";
import { runText, whoText } from "./run-text.ts";
import { ago, micros, table } from "./table.ts";

export const runs: CommandGroup = (program, { connect, print }) => {
  const group = program.command("runs").description("list, show, name, follow and stop load tests");

  group
    .command("list")
    .description("load tests, newest first")
    .option("--limit <n>", "how many", "20")
    .option("--json", "print the runs as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark runs list --limit 5")
    .action(async (options: { limit: string; json?: true }) => {
      const query = new URLSearchParams({ limit: options.limit });
      const { items } = await connect().get("/runs", RunList, query);
      if (options.json) {
        print(JSON.stringify(items));
        return;
      }
      const rows = items.map((run) => [
        run.id,
        run.state,
        ago(run.createdAtMs, Date.now()),
        whoText(run),
        pacingText(run.pacing),
        micros(run.response.p50),
        micros(run.response.p99),
        run.target,
      ]);
      print(table(["ID", "STATE", "WHEN", "AGENTS", "LOAD", "P50", "P99", "TARGET"], rows));
    });

  group
    .command("show")
    .description("one load test")
    .argument("<run>", "its id")
    .option("--json", "print the run as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark runs show mf2xg3dpmf2xg3dp")
    .action(async (id: string, options: { json?: true }) => {
      const run = await connect().get(`/runs/${encodeURIComponent(id)}`, Run);
      print(options.json ? JSON.stringify(run) : runText(run));
    });

  group
    .command("rename")
    .description("call a load test something else")
    .argument("<run>", "its id")
    .argument("<name>", "its new name")
    .option("--json", "print the run as JSON")
    .addHelpText(
      "after",
      '\nExample:\n  $ tidemark runs rename mf2xg3dpmf2xg3dp "before the upgrade"',
    )
    .action(async (id: string, name: string, options: { json?: true }) => {
      const run = await connect().send("PATCH", `/runs/${encodeURIComponent(id)}`, Run, { name });
      print(options.json ? JSON.stringify(run) : `${run.id} is called ${run.name}`);
    });

  group
    .command("cancel")
    .description("stop a load test within a second")
    .argument("<run>", "its id")
    .option("--json", "print the run as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark runs cancel mf2xg3dpmf2xg3dp")
    .action(async (id: string, options: { json?: true }) => {
      const run = await connect().send("POST", `/runs/${encodeURIComponent(id)}/cancel`, Run);
      print(options.json ? JSON.stringify(run) : `${run.id} is ${run.state}`);
    });

  group
    .command("watch")
    .description("follow a load test to its end; the run goes on when this is interrupted")
    .argument("<run>", "its id")
    .option("--json", "print every event as a line of JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark runs watch mf2xg3dpmf2xg3dp")
    .action(async (id: string, options: { json?: true }) => {
      await watchRun(connect(), id, options.json === true, print);
    });
};
