// `tidemark simulate operators`: fills a receiver of shared answers, to see its charts before anybody has said yes.
import { type Command, InvalidArgumentError, Option } from "commander";
import { periodAt } from "@tidemark/proto";
import { CommandFailed } from "../errors.ts";
import { isLoopback } from "../loopback.ts";
import { type OperatorsProgress, simulateOperators } from "../simulate/operators.ts";
import type { CliContext } from "./context.ts";
import { whole } from "./whole.ts";

/** Adds the command to `simulate`. */
export function addOperators(simulate: Command, { print }: Pick<CliContext, "print">): void {
  simulate
    .command("operators")
    .description("operators who answer every question, their reports sent to a receiver")
    .addOption(
      new Option("--receiver <url>", "where `tidemark receive` listens on this machine")
        .argParser(receiverUrl)
        .conflicts(["dataDir", "periods"]),
    )
    .option("--data-dir <folder>", "instead: an empty folder that a receiver of its own fills")
    .option("--periods <n>", "with --data-dir, months to send one after the other", whole(1, 24), 3)
    .option("--count <n>", "how many", whole(1, 10_000), 500)
    .option("--months <n>", "how long their sites have been there", whole(0, 120), 6)
    .option("--seed <n>", "another seed gives other operators", whole(0, 2 ** 31), 1)
    .option("--json", "print the totals as JSON")
    .addHelpText(
      "after",
      `
With --receiver the reports are of the periods that closed last, and charts are made four weeks later.
With --data-dir the receiver's clock runs ahead, a month each time, so that charts are there at the end;
tidemark receive shows them, on this machine alone. Running it again sends the same bytes, which count once.
A receiver takes 60 a minute from one address unless it is started with a higher --rate-per-minute.
Never point it at a receiver that real operators use: made-up answers cannot be told from real ones.

Example:
  $ tidemark simulate operators --data-dir ./rehearsal && tidemark receive --data-dir ./rehearsal
  $ tidemark receive --data-dir ./receiver --rate-per-minute 1000000
  $ tidemark simulate operators --count 500 --receiver http://127.0.0.1:8479`,
    )
    .action(async (options: OperatorsFlags) => {
      const stop = new AbortController();
      process.once("SIGINT", () => stop.abort());
      process.once("SIGTERM", () => stop.abort());
      const totals = await send(options, stop.signal);
      process.stderr.write("\n");
      print(options.json ? JSON.stringify(totals) : totals.map(progressText).join("\n"));
      if (totals.some(({ failed }) => failed > 0))
        throw new CommandFailed("not every report was sent: does the receiver run?");
    });
}

/** The totals, one for each period that was sent. */
async function send(
  { receiver, dataDir, count, months, seed, periods }: OperatorsFlags,
  signal: AbortSignal,
): Promise<readonly OperatorsProgress[]> {
  const nowMs = Date.now();
  const operators = { count, seed, firstPeriod: periodAt(28, nowMs) - 1 - months };
  const tell = (text: string) => process.stderr.write(`\r${text.padEnd(78)}`);
  if (receiver !== undefined) {
    const options = { ...operators, receiver, nowMs };
    return [await simulateOperators(options, signal, (state) => tell(progressText(state)))];
  }
  if (dataDir === undefined)
    throw new CommandFailed("where to? Name a --receiver or a --data-dir", { exitCode: 2 });
  const { rehearse } = await import("../simulate/rehearsal.ts");
  return rehearse({ ...operators, dataDir, startMs: nowMs, periods }, signal, (period, state) =>
    tell(`month ${period} of ${periods}: ${progressText(state)}`),
  );
}

interface OperatorsFlags {
  readonly receiver?: string;
  readonly dataDir?: string;
  readonly periods: number;
  readonly count: number;
  readonly months: number;
  readonly seed: number;
  readonly json?: true;
}

function progressText({ operators, received, refused, failed }: OperatorsProgress): string {
  const reasons = Object.entries(refused).map(([reason, count]) => `${count} refused: ${reason}`);
  return [
    `${operators} operators, ${received} reports received`,
    ...reasons,
    ...(failed === 0 ? [] : [`${failed} failed`]),
  ].join(", ");
}

/** Loopback alone: a slip of the keyboard must not fill a receiver that people rely on. */
function receiverUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== "http:" || !isLoopback(url.hostname))
    throw new InvalidArgumentError(
      "an address like http://127.0.0.1:8479 on this machine is expected.",
    );
  return url.origin;
}
