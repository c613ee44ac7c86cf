// One frozen chart as HTML: what it says, of whom, and what it does not say.
import {
  type SharingCatalogue,
  type SharingField,
  type SharingQuestion,
  labelsOf,
  otherLabel,
  periodSpan,
  questionById,
} from "@tidemark/proto";
import type { FrozenChart } from "../charts/chart-store.ts";
import { type DeclaredChart, fieldsOf } from "../charts/declared.ts";
import type { FrozenRow } from "../charts/freeze.ts";
import { dayOf, dayText } from "../day.ts";
import { escape } from "./html.ts";
import { bar, spread } from "./pictures.ts";

type Fields = ReturnType<typeof fieldsOf>;

/** With the catalogue that its labels are of. */
export interface ShownChart extends FrozenChart {
  readonly from: SharingCatalogue;
}

/** A period's days, UTC: `2026-09-07 to 2026-10-04`. */
export function periodText(
  { question: id }: DeclaredChart,
  { period, from }: Pick<ShownChart, "period" | "from">,
): string {
  const { startMs, endMs } = periodSpan(questionOf(id, from).periodDays, period);
  return `${day(startMs)} to ${day(endMs - 1)}`;
}

const day = (ms: number) => dayText(dayOf(ms));

/** Operators of a chart: all of them where it has one row, otherwise as many there are at least. */
export function operatorsText(chart: DeclaredChart, { rows, k }: FrozenChart): string {
  const most = Math.max(0, ...rows.map(({ operators }) => operators));
  if (chart.rows.length === 0)
    return most === 0 ? `fewer than ${k} operators` : `${most} operators`;
  return most === 0 ? `no row has ${k} operators` : `at least ${most} operators`;
}

/** The chart as a section. `earlier`: periods it was also made for. */
export function chartSection(
  chart: DeclaredChart,
  frozen: ShownChart,
  earlier: readonly number[],
): string {
  const { from } = frozen;
  const { asks } = questionOf(chart.question, from);
  const fields = fieldsOf(chart, from);
  const links = earlier.map(
    (period) =>
      `<a href="/chart/${chart.id}/${period}">${escape(periodText(chart, { period, from }))}</a>`,
  );
  return `<section aria-labelledby="${chart.id}"><h2 id="${chart.id}">${escape(chart.title)}</h2>
<p>${escape(asks)}</p>
${
  fields.figure === undefined
    ? ""
    : `<p>${escape(figureText(fields.figure))}</p>
`
}<p class="quiet">${escape(periodText(chart, frozen))} · ${operatorsText(chart, frozen)} · every number stands for ${frozen.k} operators or more</p>
${frozen.rows.length === 0 ? "" : `<div class="scroll" tabindex="0" role="region" aria-label="${escape(chart.title)}, table">${tableOf(chart, fields, frozen)}</div>`}
${notTold(chart, fields, frozen)
  .map((sentence) => `<p class="quiet">${escape(sentence)}</p>`)
  .join("\n")}
${links.length === 0 ? "" : `<p class="quiet">Other periods: ${links.join(", ")}</p>`}</section>`;
}

function questionOf(id: string, from: SharingCatalogue): SharingQuestion {
  const question = questionById(id, from);
  if (question === undefined)
    throw new RangeError(`catalogue ${from.version} has no question ${id}`);
  return question;
}

function tableOf(chart: DeclaredChart, fields: Fields, frozen: FrozenChart): string {
  if (fields.cells !== undefined && fields.rows.length === 0)
    return cellsTable(chart, fields.cells, frozen.rows);
  if (fields.figure !== undefined) return figureTable(chart, fields, fields.figure, frozen.rows);
  return rowsTable(chart, fields, frozen.rows);
}

/** One row of all operators: a bar a cell. */
function cellsTable(chart: DeclaredChart, field: SharingField, rows: readonly FrozenRow[]): string {
  const [row] = rows;
  if (row === undefined) return "";
  const most = Math.max(row.rest, ...row.cells.map(({ operators }) => operators));
  const line = (label: string, operators: number, kind: "bar" | "rest") =>
    `<tr><th scope="row">${escape(label)}</th><td class="number">${operators}</td><td class="number">${share(operators, row.operators)}</td><td class="picture">${bar(operators / most, kind)}</td></tr>`;
  return table(
    chart.title,
    [heading(field), number("Operators"), number("Share"), picture("picture")],
    [
      ...row.cells.map(({ label, operators }) => line(label, operators, "bar")),
      ...(row.rest === 0
        ? []
        : [
            line(row.cells.length === 0 ? "all together" : "all others together", row.rest, "rest"),
          ]),
    ],
  );
}

/** Several rows: how many operators are in each, and what divides them. */
function rowsTable(chart: DeclaredChart, fields: Fields, rows: readonly FrozenRow[]): string {
  const most = Math.max(...rows.map(({ operators }) => operators));
  const kind = fields.cells === undefined ? "picture" : "picture wide";
  const divided = fields.cells === undefined ? [] : [heading(fields.cells)];
  return table(
    chart.title,
    [...fields.rows.map(heading), number("Operators"), picture(kind), ...divided],
    rows.map(
      (row) =>
        `<tr>${labelCells(row)}<td class="number">${row.operators}</td><td class="${kind}">${bar(row.operators / most, "bar")}</td>${fields.cells === undefined ? "" : `<td class="pairs">${cellsText(row)}</td>`}</tr>`,
    ),
  );
}

/** `1-4: 20, 5-19: 14, others: 12`, as HTML that breaks between the pairs. */
function cellsText({ cells, rest }: FrozenRow): string {
  const told = cells.map(({ label, operators }) => `${label}: ${operators}`);
  if (told.length === 0) return "not told";
  return [...told, ...(rest === 0 ? [] : [`others: ${rest}`])]
    .map((pair) => `<span class="pair">${escape(pair)}</span>`)
    .join(", ");
}

/** Several rows, each with the median of a figure. */
function figureTable(
  chart: DeclaredChart,
  fields: Fields,
  figure: SharingField,
  rows: readonly FrozenRow[],
): string {
  const labels = labelsOf(figure.treatment);
  const told = rows.flatMap(({ quartiles }) => Object.values(quartiles)).map(indexIn(labels));
  const places = told.filter((place) => place !== undefined);
  const signed = labels.includes("0") && labels[0]?.startsWith("-") === true;
  const low = signed ? 0 : Math.min(...places);
  const high = signed ? labels.length - 1 : Math.max(...places);
  const at = (label: string | null) => {
    const index = indexIn(labels)(label);
    return index === undefined ? undefined : (index - low) / (high - low);
  };
  const zero = signed ? at("0") : undefined;
  const hasQuartiles = rows.some(
    ({ quartiles: { first, third } }) => first !== null || third !== null,
  );
  const isDrawn = places.length > 0 && low < high;
  return table(
    chart.title,
    [
      ...fields.rows.map(heading),
      number("Operators"),
      number(`Median${shortUnitOf(figure)}`),
      ...(isDrawn ? [picture("picture wide", labels[low] ?? "", labels[high] ?? "")] : []),
      ...(hasQuartiles ? [number("Quartiles")] : []),
      ...(chart.share === undefined ? [] : [number(`Said ${chart.share.label}`)]),
    ],
    rows.map((row) => {
      const { first, median, third } = row.quartiles;
      const place = at(median);
      const drawn =
        place === undefined
          ? ""
          : spread({ median: place, first: at(first), third: at(third), zero });
      const quartiles =
        first === null && third === null ? "–" : `${first ?? "–"} / ${third ?? "–"}`;
      const shared = row.share === null ? "–" : share(row.share, row.operators);
      return `<tr>${labelCells(row)}<td class="number">${row.operators}</td><td class="number">${escape(median ?? "–")}</td>${isDrawn ? `<td class="picture wide">${drawn}</td>` : ""}${hasQuartiles ? `<td class="number">${escape(quartiles)}</td>` : ""}${chart.share === undefined ? "" : `<td class="number">${shared}</td>`}</tr>`;
    }),
  );
}

const indexIn = (labels: readonly string[]) => (label: string | null) =>
  label === null ? undefined : labels.indexOf(label);

const labelCells = ({ labels }: FrozenRow) =>
  labels.map((label) => `<th scope="row">${escape(label)}</th>`).join("");

const share = (part: number, whole: number) => `${Math.round((100 * part) / whole)} %`;

const unitOf = ({ unit }: SharingField) => (unit === "" ? "" : `, ${unit}`);
/** As a column's heading has room for: `, %` of `% against the release before`, which `figureText` says whole. */
const shortUnitOf = ({ unit }: SharingField) =>
  unit === "" ? "" : `, ${unit.split(" ")[0] ?? unit}`;
const heading = (field: SharingField) =>
  `<th scope="col">${escape(field.title + (field.unit === "" || field.title.toLowerCase().includes(field.unit) ? "" : unitOf(field)))}</th>`;
const number = (text: string) => `<th scope="col" class="number">${escape(text)}</th>`;
const picture = (kind: "picture" | "picture wide", ...ends: readonly string[]) =>
  `<td class="${kind}" aria-hidden="true"><span class="scale">${ends.map((end) => `<span>${escape(end)}</span>`).join("")}</span></td>`;

const table = (caption: string, headings: readonly string[], rows: readonly string[]) =>
  `<table><caption class="unseen">${escape(caption)}</caption><thead><tr>${headings.join("")}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table>`;

/** Of what the median is the median. */
const figureText = (figure: SharingField) =>
  `The figure: ${figure.title.charAt(0).toLowerCase()}${figure.title.slice(1)}${unitOf(figure)}. Each operator told one, and half of them told at most the median.`;

/** What is missing, and why. */
function notTold(chart: DeclaredChart, fields: Fields, { rows, k }: FrozenChart): string[] {
  const said: string[] = [];
  if (rows.length === 0)
    return [
      chart.rows.length === 0
        ? `Fewer than ${k} operators answered, so nothing is told.`
        : `Nothing was answered by ${k} operators or more, so nothing is told.`,
    ];
  if (chart.rows.length > 0)
    said.push(
      `Left out: rows of fewer than ${k} operators. An operator may be in several rows, so rows are not added up.`,
    );
  if (fields.cells !== undefined && rows.some(({ rest }) => rest > 0))
    said.push(
      `Told together: answers of fewer than ${k} operators or of nobody, and the least common of the rest, so that nothing can be subtracted.`,
    );
  if (fields.figure !== undefined)
    said.push(
      `A dash: a figure with too few operators beside it, fewer than ${k} at least, or one that a tenth of them could move by more than one step.`,
    );
  if (rows.some(({ labels }) => labels.includes(otherLabel)))
    said.push("other: whatever is not on the question's list.");
  return said;
}
