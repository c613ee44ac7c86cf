// `tidemark gate`: lets a release through, or not, by what its runs say beside those of the one before.
import { writeFileSync } from "node:fs";
import process from "node:process";
import {
  Campaign,
  Comparison,
  type NewComparison,
  type Profile,
  type VerdictKind,
} from "@tidemark/proto";
import { Option } from "commander";
import { CommandFailed, InputWrong } from "../errors.ts";
import { watchCampaign } from "./campaign-watch.ts";
import type { HubClient } from "./client.ts";
import type { CommandGroup } from "./context.ts";
import { gateJunit } from "./gate-junit.ts";
import { objectiveOutcomes } from "./gate-objectives.ts";
import { type GateReport, exitCodeOf, failableKinds } from "./gate-outcome.ts";
import { gateMarkdown, gateText, worstOf } from "./gate-text.ts";
import { profileAt } from "./profile-find.ts";

interface GateOptions {
  readonly profile: string;
  readonly baseline: string;
  readonly candidate: string;
  readonly run?: true;
  readonly runsEach?: string;
  readonly margin?: string;
  readonly failOn?: string;
  readonly junit?: string;
  readonly markdown?: string;
  readonly json?: true;
}

export const gate: CommandGroup = (program, { connect, print }) => {
  program
    .command("gate")
    .description("say by the exit code whether a release may pass: no slower than the one before")
    .requiredOption("--profile <profile>", "id or name of the profile")
    .requiredOption("--baseline <variants>", "the release before: 3.5, or a selector: release=3.5")
    .requiredOption("--candidate <variants>", "the release that is to pass")
    .option("--run", "carry out both, interleaved, and wait; without it the runs there are count")
    .option("--runs-each <n>", "runs of each side; without --run the newest so many")
    .option("--margin <margin>", "a difference below this does not matter, such as 5% or 0.05")
    .addOption(
      new Option(
        "--fail-on <kinds>",
        `verdicts that do not pass besides a regression, by commas; all of ${failableKinds.join(", ")} without it`,
      ),
    )
    .option("--junit <file>", "write JUnit XML")
    .option("--markdown <file>", "write a summary for a comment")
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      `
Exit codes: 0 passed; 4 a regression, or a run misses an objective of the profile; 3 not known: inconclusive, not
enough runs, suspect; 5 not comparable, or invalid runs; 1 it could not be started or judged; 2 wrong input.
A gate does not pass what it does not know: --fail-on regression makes it.

Example:
  $ tidemark gate --profile "machine list" --baseline 3.5 --candidate 3.6 --run --junit gate.xml`,
    )
    .action(async (options: GateOptions) => {
      const asked = askedOf(options);
      const hub = connect();
      const profile = await profileAt(hub, options.profile);
      const judged = options.run
        ? await started(hub, profile, asked)
        : { campaign: null, verdicts: await existing(hub, profile, asked) };
      const report = await reportOf(hub, profile, asked, judged);
      // First, so that a file that cannot be written takes no verdict with it.
      print(options.json ? JSON.stringify(report) : gateText(report));
      if (options.junit !== undefined) writeReport(options.junit, gateJunit(report));
      if (options.markdown !== undefined) writeReport(options.markdown, gateMarkdown(report));
      if (report.exitCode !== 0)
        throw new CommandFailed(`the gate is shut: ${report.kind}`, { exitCode: report.exitCode });
    });
};

/** What the options mean; throws InputWrong. */
function askedOf(options: GateOptions) {
  const { baseline, candidate, runsEach, margin, failOn } = options;
  return {
    baseline: selectorOf(baseline),
    candidate: selectorOf(candidate),
    runsEach: runsEach === undefined ? undefined : runsOf(runsEach),
    marginRatio: margin === undefined ? undefined : marginOf(margin),
    failOn: failOn === undefined ? failableKinds : failOn.split(",").map(kindOf),
  };
}
type Asked = ReturnType<typeof askedOf>;

/** A bare value is a release. */
export function selectorOf(text: string): string {
  return /[=!()\s]/.test(text) ? text : `release=${text}`;
}

export function marginOf(text: string): number {
  const [, number = "", percent] = /^(\d*\.?\d+)\s*(%?)$/.exec(text.trim()) ?? [];
  const ratio = number === "" ? Number.NaN : Number(number) / (percent === "%" ? 100 : 1);
  if (!(ratio >= 0.001 && ratio <= 1))
    throw new InputWrong(`--margin ${text}: give 0.1% to 100%, such as 5% or 0.05`);
  return ratio;
}

function runsOf(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1 || runs > 100)
    throw new InputWrong(`--runs-each ${text}: give a whole number from 1 to 100`);
  return runs;
}

function kindOf(text: string): VerdictKind {
  const kind = failableKinds.find((one) => one === text.trim());
  if (kind === undefined)
    throw new InputWrong(`--fail-on ${text}: give some of ${failableKinds.join(", ")}`);
  return kind;
}

type Judged = Pick<GateReport, "campaign" | "verdicts">;

async function started(hub: HubClient, profile: Profile, asked: Asked): Promise<Judged> {
  const { baseline, candidate, runsEach, marginRatio } = asked;
  const request: NewComparison = {
    profile: profile.id,
    baseline,
    candidate,
    ...(runsEach !== undefined && { runsEach }),
    ...(marginRatio !== undefined && { marginRatio }),
  };
  const { id, steps } = await hub.send("POST", "/comparisons", Campaign, request);
  progress(`campaign ${id}: ${steps.length} runs; they go on when this is interrupted`);
  const { state, cause, verdicts } = await watchCampaign(hub, id, progress);
  if (state !== "completed" || verdicts.length === 0)
    throw new CommandFailed(`campaign ${id} ${state}: ${cause === "" ? "no verdict" : cause}`);
  return { campaign: id, verdicts };
}

async function existing(hub: HubClient, profile: Profile, asked: Asked) {
  const { baseline, candidate, runsEach, marginRatio } = asked;
  const query = new URLSearchParams({ profile: profile.id, baseline, candidate });
  if (runsEach !== undefined) query.set("runs", `${runsEach}`);
  if (marginRatio !== undefined) query.set("marginRatio", `${marginRatio}`);
  return (await hub.get("/compare", Comparison, query)).verdicts;
}

async function reportOf(
  hub: HubClient,
  { id, spec }: Profile,
  { baseline, candidate, failOn }: Asked,
  { campaign, verdicts }: Judged,
): Promise<GateReport> {
  const { kind, sentence } = worstOf(verdicts);
  const objectives = await objectiveOutcomes(hub, spec.objectives ?? [], verdicts);
  const exitCode = exitCodeOf({ verdicts, objectives, failOn });
  const profile = { id, name: spec.name };
  return {
    profile,
    baseline,
    candidate,
    campaign,
    kind,
    sentence,
    verdicts,
    objectives,
    failOn,
    exitCode,
  };
}

function writeReport(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new CommandFailed(`${file} could not be written`, { cause });
  }
}

/** Beside the report, which alone goes to the standard output. */
function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
