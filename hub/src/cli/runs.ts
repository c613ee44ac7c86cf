// `tidemark runs`: start a load test, follow it, read its result.
import { Option } from "commander";
import {
  type LatencySummary,
  type Precision,
  Run,
  RunList,
  RunTimeline,
  endStates,
  parser,
} from "@tidemark/proto";
import { CommandFailed } from "../errors.ts";
import { findAgent } from "./agents.ts";
import type { HubClient } from "./client.ts";
import type { CommandGroup } from "./context.ts";
import { type StartOptions, newRun } from "./run-plan.ts";
import { ago, micros, table } from "./table.ts";

const parseRun = parser(Run, "run event");
const parseTimeline = parser(RunTimeline, "interval event");

const precisions = ["precise", "economy", "exact"] as const satisfies readonly Precision[];

export const runs: CommandGroup = (program, { connect, print }) => {
  const group = program.command("runs").description("start, follow and read load tests");

  group
    .command("start")
    .description("start a load test; its id is printed")
    .argument("<target>", "http:// URL to request")
    .requiredOption("--agent <agent>", "id or name of the agent that sends")
    .option("--rate <n>", "requests per second", "100")
    .option("--connections <n>", "connections to use", "8")
    .option("--duration <seconds>", "how long", "10")
    .option("--timeout <seconds>", "a response that takes longer is an error")
    .addOption(
      new Option("--precision <precision>", "how exactly requests keep their time").choices(
        precisions,
      ),
    )
    .option("--method <method>", "HTTP method", "GET")
    .option("--header <name:value...>", "request header; no secrets, see below")
    .option("--header-file <file>", "request headers, one `name: value` a line")
    .addOption(new Option("--body <text>", "request body").conflicts("bodyFile"))
    .option("--body-file <file>", "file that holds the request body")
    .option("--name <text>", "what the run is called")
    .option("--watch", "follow the run to its end")
    .option("--json", "print the run as JSON")
    .addHelpText(
      "after",
      [
        "",
        "Arguments can be read by every user of this host while the command runs, and stay in the shell's history:",
        "give tokens and other secrets by --header-file and --body-file.",
        "",
        "Example:",
        "  $ tidemark runs start http://127.0.0.1:8080/ --agent rack-1 --rate 1000 --watch",
      ].join("\n"),
    )
    .action(async (target: string, options: StartOptions) => {
      const hub = connect();
      const agent = await findAgent(hub, options.agent);
      const run = await hub.send("POST", "/runs", Run, newRun(target, agent.id, options));
      if (options.watch) await watch(hub, run.id, options.json === true, print);
      else print(options.json ? JSON.stringify(run) : run.id);
    });

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
        namesOf(run),
        run.pacing.kind,
        micros(run.response.p50),
        micros(run.response.p99),
        run.target,
      ]);
      print(table(["ID", "STATE", "WHEN", "AGENT", "RATE", "P50", "P99", "TARGET"], rows));
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
      await watch(connect(), id, options.json === true, print);
    });
};

async function watch(
  hub: HubClient,
  id: string,
  asJson: boolean,
  print: (text: string) => void,
): Promise<void> {
  const path = `/runs/${encodeURIComponent(id)}/live`;
  let last: Run | undefined;
  for await (const { event, data } of hub.events(path, new AbortController().signal)) {
    if (asJson) print(JSON.stringify({ event, data }));
    if (event === "run") last = parseRun(data);
    else if (event === "interval" && !asJson) print(intervalText(parseTimeline(data)));
  }
  if (last === undefined || !endStates.some((state) => state === last?.state))
    throw new CommandFailed(`the hub ended the stream before the run ${id} ended`);
  if (!asJson) print(runText(last));
}

function intervalText(timeline: RunTimeline): string {
  const at = timeline.times[0] ?? 0;
  const perSecond =
    ((timeline.completed[0] ?? 0) / Math.max(timeline.durationMs[0] ?? 0, 1)) * 1_000;
  const failed = (timeline.errors[0] ?? 0) + (timeline.unexpected[0] ?? 0);
  return [
    new Date(at).toISOString().slice(11, 19),
    `${Math.round(perSecond)}/s`.padStart(9),
    `p50 ${micros(timeline.response.p50[0] ?? null)}`.padEnd(13),
    `p99 ${micros(timeline.response.p99[0] ?? null)}`.padEnd(13),
    `failed ${failed}`,
  ].join("  ");
}

function runText(run: Run): string {
  const latency = (name: string, { p50, p90, p99, p999, max }: LatencySummary) => [
    name,
    ...[p50, p90, p99, p999, max].map(micros),
  ];
  return [
    `${run.id}  ${run.state}${run.cause === "" ? "" : `: ${run.cause}`}`,
    `${run.method} ${run.target} from ${namesOf(run)}, ${run.pacing.kind} for ${run.durationSeconds} s over ${run.connections} connections`,
    `${run.counts.completed} of ${run.counts.due} requests answered, ${run.achievedPerSecond?.toFixed(1) ?? "–"}/s`,
    ...run.spoiled.map(({ code, detail }) => `not to be believed: ${code}, ${detail}`),
    table(
      ["", "P50", "P90", "P99", "P99.9", "MAX"],
      [
        latency("response", run.response),
        latency("service", run.service),
        latency("lateness", run.lateness),
      ],
    ),
  ].join("\n");
}

const namesOf = ({ agents }: Run) => agents.map(({ agentName }) => agentName).join(", ");
