// `tidemark run`: start a load test, follow it to its end, and say by the exit code what came of it.
import {
  type DriverName,
  type Precision,
  Run,
  RunTimeline,
  TriedExchange,
  driverNames,
  endStates,
  parser,
  presetNames,
} from "@tidemark/proto";
import { Option } from "commander";
import { CommandFailed, InputWrong } from "../errors.ts";
import { findAgent } from "./agents.ts";
import type { HubClient } from "./client.ts";
import type { CommandGroup } from "./context.ts";
import { type RunOptions, runRequest } from "./run-plan.ts";
import { exchangeText, intervalText, runText } from "./run-text.ts";

const parseRun = parser(Run, "run event");
const parseTimeline = parser(RunTimeline, "interval event");

const precisions = ["precise", "economy", "exact"] as const satisfies readonly Precision[];
const drivers: readonly DriverName[] = driverNames;

/** What a run's end means to a shell; 1 and 2 mean what they do everywhere: not done, wrong input. */
const exitCodes = { spoiled: 3, ended: 4 } as const;

interface CommandOptions extends RunOptions {
  readonly watch?: true;
  readonly try?: true;
  readonly json?: true;
}

export const run: CommandGroup = (program, { connect, print }) => {
  program
    .command("run")
    .description("start a load test; its id is printed")
    .argument("[target]", "URL to aim at: http, https, ws, wss, grpc, grpcs, tcp or udp")
    .option("--agent <agent...>", "id or name of each agent that sends")
    .option("--selector <selector>", "agents by their labels, such as role=rack,zone!=b")
    .option(
      "--file <file>",
      "the request as YAML or JSON, as POST /api/v1/runs takes it; options win",
    )
    .addOption(
      new Option("--driver <driver>", "what speaks to the target; by its scheme otherwise").choices(
        drivers,
      ),
    )
    .addOption(new Option("--preset <preset>", "a ready-made shape of load").choices(presetNames))
    .option("--rate <n>", "requests per second, constant")
    .option("--ramp <from:to>", "requests per second, from one rate to another")
    .option("--stages <stages>", "first rate, then duration:rate, such as 0,10s:100,1m:100")
    .option("--poisson <n>", "requests per second on average, at random times")
    .option("--seed <n>", "seed of the random times")
    .option("--clients <n>", "closed loop: clients that wait for each answer")
    .option("--think <ms>", "pause of a client after an answer")
    .option("--max", "as fast as the target answers")
    .option("--search <from:to>", "find the highest rate with p99 ≤ 20 ms and errors ≤ 0.1 %")
    .option("--duration <time>", "how long, such as 30s or 5m")
    .option("--warmup <time>", "load before it that is not counted")
    .option("--connections <n>", "connections of all agents together")
    .option("--streams <n>", "requests at a time on each connection, where the protocol can")
    .option("--workers <n>", "threads on each agent")
    .option("--timeout <seconds>", "a response that takes longer is an error")
    .addOption(
      new Option("--precision <precision>", "how exactly requests keep their time").choices(
        precisions,
      ),
    )
    .option("--method <method>", "HTTP method")
    .option("--header <name:value...>", "request header; no secrets, see below")
    .option("--header-file <file>", "request headers, one `name: value` a line")
    .addOption(new Option("--body <text>", "what is sent").conflicts("bodyFile"))
    .option("--body-file <file>", "file that holds what is sent")
    .option("--name <text>", "what the run is called")
    .option("--try", "send one request and show the whole exchange; nothing is stored")
    .option("--watch", "follow the run to its end")
    .option("--json", "print JSON: the run, each event with --watch, or the exchange with --try")
    .addHelpText(
      "after",
      `
Arguments can be read by every user of this host while the command runs, and stay in the shell's history.
Refer to secrets by their name in the agent's own secret file: --header "Authorization: Bearer {{secret.api}}".

Exit codes with --watch: 0 completed and to be believed, 3 completed but not to be believed, 4 ended otherwise;
1 it could not be started or followed, 2 wrong input.

Example:
  $ tidemark run http://127.0.0.1:8080/ --agent rack-1 --rate 1000 --duration 1m --watch
  $ tidemark run https://maas:5443/MAAS/api/2.0/machines/ --selector role=rack --preset stress --watch
  $ tidemark run --file machines.yaml --try`,
    )
    .action(async (target: string | undefined, options: CommandOptions) => {
      const hub = connect();
      const agents: string[] = [];
      for (const agent of options.agent ?? []) agents.push((await findAgent(hub, agent)).id);
      const request = runRequest(target, agents, options);
      if (request.target === undefined)
        throw new InputWrong("no target: give a URL, or a --file that holds one");
      if (options.try) {
        const tried = await hub.send("POST", "/runs/try", TriedExchange, request);
        print(options.json ? JSON.stringify(tried) : exchangeText(tried));
        if (!tried.expected)
          throw new CommandFailed("the response is not what is expected", {
            exitCode: exitCodes.ended,
          });
        return;
      }
      const started = await hub.send("POST", "/runs", Run, request);
      if (options.watch) await watchRun(hub, started.id, options.json === true, print);
      else print(options.json ? JSON.stringify(started) : started.id);
    });
};

/** Follows a run to its end; throws CommandFailed, with the exit code, unless it completed and can be believed. */
export async function watchRun(
  hub: HubClient,
  id: string,
  asJson: boolean,
  print: (text: string) => void,
): Promise<void> {
  const path = `/runs/${encodeURIComponent(id)}/live`;
  let last: Run | undefined;
  let steps = 0;
  for await (const { event, data } of hub.events(path, new AbortController().signal)) {
    if (asJson) print(JSON.stringify({ event, data }));
    if (event === "run") {
      last = parseRun(data);
      const judged = last.search?.steps.filter(({ holds }) => holds !== null) ?? [];
      if (!asJson)
        for (const { ratePerSecond, holds, evidence } of judged.slice(steps))
          print(`${`${ratePerSecond}/s`.padStart(10)}  ${holds ? "holds" : "fails"}  ${evidence}`);
      steps = judged.length;
    } else if (event === "interval" && !asJson) print(intervalText(parseTimeline(data)));
  }
  if (last === undefined || !endStates.some((state) => state === last?.state))
    throw new CommandFailed(`the hub ended the stream before the run ${id} ended`);
  if (!asJson) print(runText(last));
  if (last.state !== "completed")
    throw new CommandFailed(`the run ${id} ended ${last.state}`, { exitCode: exitCodes.ended });
  if (last.spoiled.length > 0)
    throw new CommandFailed(`the run ${id} is not to be believed`, { exitCode: exitCodes.spoiled });
}
