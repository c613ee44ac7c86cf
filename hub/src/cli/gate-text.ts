// A gate's report for a terminal and for a comment in a code review. Pure. The sentence comes first, no ratio without its interval.
import type { FigureComparison, Verdict } from "@tidemark/proto";
import { worst } from "../verdict/effect.ts";
import { type GateReport, objectiveText, percentText } from "./gate-outcome.ts";
import { micros, table } from "./table.ts";

const header = ["FIGURE", "BASELINE", "CANDIDATE", "CHANGE", "INTERVAL", "VERDICT"];

export function gateText(report: GateReport): string {
  return [
    `${report.kind}: ${report.sentence}`,
    ...report.verdicts.flatMap((verdict) => [
      "",
      ...(report.verdicts.length > 1
        ? [`${stratumText(verdict)}  ${verdict.kind}: ${verdict.sentence}`]
        : []),
      ...unsaid(verdict),
      ...(verdict.figures.length === 0 ? [] : [table(header, verdict.figures.map(cellsOf))]),
      ...verdict.remarks.map((remark) => `note: ${remark}`),
    ]),
    ...objectiveLines(report).map(({ text }) => text),
    "",
    `${isPassed(report) ? "passed" : "did not pass"}: ${report.baseline} against ${report.candidate}, ${report.profile.name}`,
  ].join("\n");
}

export function gateMarkdown(report: GateReport): string {
  const cells = (values: readonly string[]) => `| ${values.map(escaped).join(" | ")} |`;
  const rows = report.verdicts.flatMap((verdict) =>
    verdict.figures.map((figure) => cells([stratumText(verdict), ...cellsOf(figure)])),
  );
  return [
    `### ${isPassed(report) ? "✅" : "❌"} ${escaped(`${report.profile.name}: ${report.kind}`)}`,
    "",
    `**${escaped(report.sentence)}**`,
    "",
    ...(report.verdicts.length > 1
      ? [
          ...report.verdicts.map(
            (verdict) =>
              `- ${escaped(stratumText(verdict))}: **${verdict.kind}**: ${escaped(verdict.sentence)}`,
          ),
          "",
        ]
      : []),
    ...(rows.length === 0
      ? []
      : [
          "| Stratum | Figure | Baseline | Candidate | Change | Interval | Verdict |",
          "|---|---|---:|---:|---:|---|---|",
          ...rows,
          "",
        ]),
    ...objectiveLines(report).map(({ text }) => `- ${escaped(text)}`),
    `Baseline \`${code(report.baseline)}\`, candidate \`${code(report.candidate)}\`${report.campaign === null ? "" : `, campaign \`${report.campaign}\``}.`,
    "",
  ].join("\n");
}

/** What would settle it, unless the sentence says so already. */
export const unsaid = ({ sentence, settles }: Pick<Verdict, "sentence" | "settles">) =>
  sentence.includes(settles) ? [] : [settles];

export const isPassed = ({ exitCode }: Pick<GateReport, "exitCode">) => exitCode === 0;

/** `dataset=10`, or what stands for all there is. */
export function stratumText({ stratum }: Pick<Verdict, "stratum">): string {
  const entries = Object.entries(stratum);
  return entries.length === 0
    ? "all"
    : entries.map(([name, value]) => `${name}=${value}`).join(",");
}

/** One line for each objective, and whether it is met. */
export function objectiveLines({ objectives }: Pick<GateReport, "objectives">) {
  return objectives.map(({ objective, runs, misses }) => {
    const met = `${runs - misses.length} of ${runs} runs meet ${objectiveText(objective)}`;
    const [first] = misses;
    const text = first === undefined ? met : `${met}; in ${first.run} ${first.reason}`;
    return { objective, isMet: misses.length === 0, text };
  });
}

function cellsOf(figure: FigureComparison): string[] {
  const { baseline, candidate, ratio, low, high } = figure;
  return [
    figure.figure,
    valueText(figure, baseline),
    valueText(figure, candidate),
    changeText(figure, ratio),
    low === null || high === null
      ? "–"
      : `[${changeText(figure, low)}, ${changeText(figure, high)}]`,
    figure.verdict,
  ];
}

function valueText({ unit }: FigureComparison, value: number | null): string {
  if (value === null) return "–";
  switch (unit) {
    case "us":
      return micros(value);
    case "1":
      return percentText(value);
    case "1/s":
      return `${Number(value.toPrecision(3))}/s`;
  }
}

/** Of errors a difference in percentage points. */
function changeText({ unit }: FigureComparison, ratio: number | null): string {
  if (ratio === null) return "–";
  const sign = ratio < 0 ? "−" : "+";
  return `${sign}${(Math.abs(ratio) * 100).toFixed(unit === "1" ? 2 : 1)} ${unit === "1" ? "pp" : "%"}`;
}

/** Text that Markdown, and the HTML in it, takes as it is. */
function escaped(text: string): string {
  return text
    .replace(/\p{Cc}/gu, " ")
    .replace(/[\\`*_[\]|~]/g, String.raw`\$&`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

const code = (text: string) => text.replace(/[\p{Cc}`]/gu, " ");

/** The verdict a reader must see first. */
export function worstOf(verdicts: readonly Verdict[]): Pick<Verdict, "kind" | "sentence"> {
  const kind = worst(verdicts.map((verdict) => verdict.kind));
  const sentence = verdicts.find((verdict) => verdict.kind === kind)?.sentence;
  return { kind, sentence: sentence ?? "there was nothing to compare" };
}
