// `tidemark compare`: verdicts on two groups of runs. Exits with 0 whatever they are: `tidemark gate` decides.
import { Comparison } from "@tidemark/proto";
import { InputWrong } from "../errors.ts";
import type { CommandGroup } from "./context.ts";
import { profileId } from "./profile-find.ts";
import { comparisonText } from "./verdict-text.ts";

interface CompareOptions {
  readonly baselineRun?: readonly string[];
  readonly candidateRun?: readonly string[];
  readonly profile?: string;
  readonly baseline?: string;
  readonly candidate?: string;
  readonly campaign?: string;
  readonly runs?: string;
  readonly margin?: string;
  readonly json?: true;
}

export const compare: CommandGroup = (program, { connect, print }) => {
  program
    .command("compare")
    .description("say whether one release is slower than another, with the interval")
    .option("--baseline-run <run...>", "runs of the old release, by id")
    .option("--candidate-run <run...>", "runs of the new one")
    .option(
      "--profile <profile>",
      "id or name: compare its newest runs, by --baseline and --candidate",
    )
    .option("--baseline <selector>", "variants of the old release, such as release=3.5")
    .option("--candidate <selector>", "variants of the new one; paired by the labels both share")
    .option("--campaign <campaign>", "a campaign that was a comparison, in its own blocks")
    .option("--runs <n>", "the newest so many of each side; 20 without it")
    .option("--margin <percent>", "differences below this do not matter; the profile's, or 5")
    .option("--json", "print the verdicts as JSON")
    .addHelpText(
      "after",
      `
Exit code: 0 whatever the verdict; tidemark gate has one for each.

Example:
  $ tidemark compare --profile "machine list" --baseline release=3.5 --candidate release=3.6`,
    )
    .action(async (options: CompareOptions) => {
      const hub = connect();
      const profile =
        options.profile === undefined ? undefined : await profileId(hub, options.profile);
      const comparison = await hub.get("/compare", Comparison, queryOf(options, profile));
      print(options.json ? JSON.stringify(comparison) : comparisonText(comparison));
    });
};

function queryOf(options: CompareOptions, profile: string | undefined): URLSearchParams {
  const { baseline, candidate, campaign, runs, margin } = options;
  const marginRatio = margin === undefined ? undefined : `${ratioOf(margin)}`;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({
    profile,
    baseline,
    candidate,
    campaign,
    runs,
    marginRatio,
  }))
    if (value !== undefined) query.set(name, value);
  for (const run of options.baselineRun ?? []) query.append("baselineRun", run);
  for (const run of options.candidateRun ?? []) query.append("candidateRun", run);
  return query;
}

/** `5`, `5 %`. */
function ratioOf(percent: string): number {
  const [, number] = /^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(percent) ?? [];
  if (number === undefined)
    throw new InputWrong(`--margin ${percent}: a margin is such as 5 or 2.5%`);
  return Number((Number(number) / 100).toPrecision(12));
}
