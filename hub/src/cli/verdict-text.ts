// Verdicts, histories and the board as text for a terminal: the sentence first, then what it rests on.
import type {
  Board,
  Comparison,
  Difference,
  FigureComparison,
  History,
  Verdict,
} from "@tidemark/proto";
import { labelText, without } from "../profiles/labels.ts";
import { quantity, signedInterval } from "../verdict/amounts.ts";
import { comparedFigures } from "../verdict/compared-figures.ts";
import { table } from "./table.ts";

export function comparisonText({ verdicts }: Comparison): string {
  return verdicts.map(verdictText).join("\n\n");
}

function verdictText(verdict: Verdict): string {
  const { kind, stratum, sentence, baseline, candidate, figures } = verdict;
  const where = Object.keys(stratum).length === 0 ? "" : ` (${labelText(stratum)})`;
  const header = ["FIGURE", baseline.label, candidate.label, "DIFFERENCE", "VERDICT"];
  return [
    `${kind}${where}: ${sentence}`,
    ...(figures.length === 0 ? [] : [table(header, figures.map(figureRow))]),
    ...verdict.keyDifferences.map((one) => `differs: ${differenceText(one)}`),
    ...verdict.environmentChanges.map((one) => `changed: ${differenceText(one)}`),
    ...verdict.remarks.map((remark) => `- ${remark}`),
  ].join("\n");
}

function figureRow(compared: FigureComparison): string[] {
  const figure = comparedFigures[compared.figure];
  const value = (of: number | null) => (of === null ? "–" : quantity(figure, of));
  return [
    compared.figure,
    value(compared.baseline),
    value(compared.candidate),
    intervalText(compared),
    compared.verdict,
  ];
}

function intervalText({ figure, low, high }: FigureComparison): string {
  if (low === null || high === null) return "–";
  const interval = signedInterval(comparedFigures[figure], { low, high });
  return `${interval} ${comparedFigures[figure].scale === "ratio" ? "%" : "points"}`;
}

const differenceText = ({ what, baseline, candidate }: Difference) =>
  `${what} ${baseline} → ${candidate}`;

/** The changes first, then the newest points. */
export function historyText({ figure, series, isCut }: History): string {
  const shown = comparedFigures[figure];
  const texts = series.map(({ labels, points, changes, epochs }) => {
    const rows = points
      .slice(-pointsShown)
      .map(({ run, atMs, release, value, validity, isSuspect }) => [
        run,
        new Date(atMs).toISOString().slice(0, 16),
        release,
        quantity(shown, value),
        isSuspect ? "suspect" : validity,
      ]);
    const left = points.length - rows.length;
    return [
      `${Object.keys(labels).length === 0 ? "all variants" : labelText(labels)}: ${points.length} ${points.length === 1 ? "run" : "runs"}, ${changes.length === 0 ? "no lasting change" : `${changes.length} lasting ${changes.length === 1 ? "change" : "changes"}`} of level`,
      ...changes.map(({ sentence }) => `- ${sentence}`),
      ...epochs.map(
        (epoch) => `- with run ${epoch.run}: ${epoch.changes.map(differenceText).join("; ")}`,
      ),
      table(["RUN", "WHEN", "RELEASE", figure.toUpperCase(), "EVIDENCE"], rows),
      ...(left > 0 ? [`${left} earlier runs are not shown; --json has them`] : []),
    ].join("\n");
  });
  const cut = isCut ? ["older runs were left out; --limit takes more"] : [];
  return texts.length === 0 ? "no runs yet" : [...texts, ...cut].join("\n\n");
}

const pointsShown = 20;

/** The sentence of a cell begins with it. */
const saidAlready: ReadonlySet<string> = new Set(["operation"]);

/** What surely differs first, then the table. */
export function boardText(board: Board): string {
  const figure = comparedFigures[board.figure];
  const hasProfiles = new Set(board.rows.map(({ profile }) => profile)).size > 1;
  const news = board.rows.flatMap(({ profileName, labels, cells }) =>
    cells.flatMap((cell, column) => {
      if (cell?.verdict !== "regression" && cell?.verdict !== "improvement") return [];
      const of = hasProfiles ? [profileName] : [];
      const others = Object.entries(without(labels, saidAlready)).map(
        ([key, is]) => `${key}=${is}`,
      );
      const where = [...of, board.columns[column], ...others].join(", ");
      return [`${cell.verdict}: ${cell.sentence} (${where})`];
    }),
  );
  const rows = board.rows.map(({ profileName, operation, dataset, cells }) => [
    ...(hasProfiles ? [profileName] : []),
    operation,
    dataset,
    ...cells.map((cell) => {
      if (cell === null) return "";
      const { value, low, high } = cell;
      if (value === null) return cell.verdict ?? "–";
      const interval =
        low === null || high === null ? "" : ` ${signedInterval(figure, { low, high })}`;
      return `${quantity(figure, value)}${interval}`;
    }),
  ]);
  const header = [...(hasProfiles ? ["PROFILE"] : []), "OPERATION", "DATASET", ...board.columns];
  if (rows.length === 0) return `no runs with a label ${board.across} yet`;
  const cut = board.isCut ? ["not all rows or runs are shown: give --profile or --since"] : [];
  return [...news, table(header, rows), ...cut].join("\n");
}
