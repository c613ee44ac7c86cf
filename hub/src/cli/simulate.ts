// `tidemark simulate`: many hosts with real credentials, to see how a hub fares before the real ones come; and many operators, in
// `simulate-operators.ts`.
import { enrolFleet } from "../simulate/enrol.ts";
import { type FleetProgress, simulateFleet } from "../simulate/fleet.ts";
import type { CommandGroup } from "./context.ts";
import { addOperators } from "./simulate-operators.ts";
import { whole } from "./whole.ts";

export const simulate: CommandGroup = (program, { connect, print }) => {
  const group = program
    .command("simulate")
    .description("drive a hub with made-up agents, or a receiver with made-up operators");
  addOperators(group, { print });
  group
    .command("fleet")
    .description("hosts that send seeded, realistic metrics through the real broker")
    .option("--hosts <n>", "how many", whole(1, 10_000), 100)
    .option("--series <n>", "series of each host", whole(1, 5_000), 72)
    .option("--interval <seconds>", "from sample to sample", whole(1, 3_600), 1)
    .option("--batch-ticks <n>", "samples of a series in one message", whole(1, 600), 15)
    .option("--duration <seconds>", "how long to send live", whole(0, 86_400), 60)
    .option(
      "--backlog <seconds>",
      "history to send first, as fast as it is taken",
      whole(0, 604_800),
      0,
    )
    .option("--seed <n>", "another seed gives other values", whole(0, 2 ** 31), 1)
    .option("--identities <file>", "where the hosts' credentials are kept", "simulated-fleet.json")
    .option("--json", "print the totals as JSON")
    .addHelpText("after", "\nExample:\n  $ tidemark simulate fleet --hosts 1000 --duration 60")
    .action(async (options: FleetFlags) => {
      const stop = new AbortController();
      process.once("SIGINT", () => stop.abort());
      process.once("SIGTERM", () => stop.abort());
      const tell = (text: string) => process.stderr.write(`\r${text.padEnd(78)}`);
      const fleet = await enrolFleet(connect(), options.hosts, options.identities, (done, total) =>
        tell(`enrolled ${done} of ${total} hosts`),
      );
      const totals = await simulateFleet(
        fleet,
        {
          series: options.series,
          intervalSeconds: options.interval,
          batchTicks: options.batchTicks,
          seed: options.seed,
          durationSeconds: options.duration,
          backlogSeconds: options.backlog,
        },
        stop.signal,
        (state) => tell(progressText(state)),
      );
      process.stderr.write("\n");
      print(options.json ? JSON.stringify(totals) : progressText(totals));
    });
};

interface FleetFlags {
  readonly hosts: number;
  readonly series: number;
  readonly interval: number;
  readonly batchTicks: number;
  readonly duration: number;
  readonly backlog: number;
  readonly seed: number;
  readonly identities: string;
  readonly json?: true;
}

function progressText({ connected, messages, samples, bytes, failed }: FleetProgress): string {
  const perSample = samples === 0 ? "–" : (bytes / samples).toFixed(2);
  return `${connected} hosts, ${messages} messages, ${samples} samples acknowledged, ${perSample} B a sample, ${failed} failed`;
}
