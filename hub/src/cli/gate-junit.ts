// A gate's report as JUnit XML, which every CI shows: a test case for each stratum and figure, and for each objective. Pure.
import type { Verdict } from "@tidemark/proto";
import { type GateReport, fails, objectiveText } from "./gate-outcome.ts";
import { objectiveLines, stratumText, unsaid } from "./gate-text.ts";

interface TestCase {
  readonly group: string;
  readonly name: string;
  readonly output: string;
  readonly failure: { readonly type: string; readonly message: string } | undefined;
}

export function gateJunit(report: GateReport): string {
  const cases = [
    ...report.verdicts.flatMap((verdict) => casesOf(report, verdict)),
    ...objectiveLines(report).map(({ objective, isMet, text }): TestCase => ({
      group: "objectives",
      name: objectiveText(objective),
      output: text,
      failure: isMet ? undefined : { type: "objective", message: text },
    })),
  ];
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const suite = attributes({
    name: `${report.profile.name}: ${report.baseline} against ${report.candidate}`,
    tests: `${cases.length}`,
    failures: `${failures}`,
    errors: "0",
    skipped: "0",
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="tidemark gate" tests="${cases.length}" failures="${failures}">`,
    `  <testsuite ${suite}>`,
    ...cases.map((one) => caseText(report.profile.name, one)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** Figures fail only where their stratum does: a gate that passed has no failures. */
function casesOf({ failOn }: GateReport, verdict: Verdict): readonly TestCase[] {
  const { kind, figures } = verdict;
  const group = stratumText(verdict);
  const isFailing = fails(kind, failOn);
  const output = [verdict.sentence, ...unsaid(verdict)].join("; ");
  const ofFigures = figures.map((figure): TestCase => ({
    group,
    name: figure.figure,
    output: `${figure.verdict}. ${output}`,
    failure:
      isFailing && fails(figure.verdict, failOn)
        ? { type: figure.verdict, message: output }
        : undefined,
  }));
  if (ofFigures.length > 0 && (!isFailing || ofFigures.some(({ failure }) => failure)))
    return ofFigures;
  const failure = isFailing ? { type: kind, message: output } : undefined;
  return [...ofFigures, { group, name: "verdict", output: `${kind}. ${output}`, failure }];
}

function caseText(profile: string, { group, name, output, failure }: TestCase): string {
  const opening = `    <testcase ${attributes({ classname: `${profile}.${group}`, name })}>`;
  return [
    opening,
    ...(failure === undefined
      ? []
      : [`      <failure ${attributes(failure)}>${escaped(failure.message)}</failure>`]),
    `      <system-out>${escaped(output)}</system-out>`,
    "    </testcase>",
  ].join("\n");
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(" ");
}

/** Characters that XML 1.0 has no way to write are shown as such. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\u{fffd}")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replace(/[\t\n\r]/g, (space) => `&#${space.charCodeAt(0)};`);
}
