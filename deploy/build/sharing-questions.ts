// node deploy/build/sharing-questions.ts: writes the questions into deploy/docs/sharing.md from proto's catalogue, so that the policy
// cannot say anything else than a report does. A test compares the two.
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  type SharingAnswer,
  type SharingQuestion,
  bitsOf,
  labelsOf,
  sentenceOf,
  sharingCatalogue,
  treatmentWords,
} from "@tidemark/proto";

export const sharingPage = fileURLToPath(new URL("../docs/sharing.md", import.meta.url));

const begin =
  "<!-- From here on made by `node deploy/build/sharing-questions.ts` from proto/src/sharing/questions.ts; do not edit. -->\n";
const end = "<!-- To here. -->\n";

/** The page with its questions written anew. Throws when it does not say where they stand. */
export function withQuestions(page: string): string {
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(`${sharingPage} must hold the lines ${begin}and ${end}`);
  return page.slice(0, from + begin.length) + renderQuestions() + page.slice(to);
}

const renderQuestions = () => `\n${sharingCatalogue.questions.map(section).join("\n")}`;

function section(question: SharingQuestion): string {
  const { asks, reason, cadence, periodDays, reportsMax, owner, expires, fields, id } = question;
  const things = fields.reduce((product, field) => product * labelsOf(field.treatment).length, 1);
  const often =
    cadence === "once"
      ? `Once for each upgrade, at most ${reportsMax} reports a period of ${periodDays} days`
      : `Every ${periodDays} days, ${reportsMax === 1 ? "one report" : `at most ${reportsMax} reports`}`;
  return `### ${headingOf(question)}

**${asks}** ${reason} The question is \`${id}\` in reports and on the command line.

| what | what is left of it | all it can say | why |
|---|---|---|---|
${fields
  .map(
    ({ name, title, unit, treatment, reason: why }) =>
      `| ${title}, \`${name}\`${unit === "" ? "" : `, ${unit}`} | ${treatmentWords(treatment)} | ${labelsOf(treatment).join(", ").replaceAll("<", "&lt;")} | ${why} |`,
  )
  .join("\n")}

${often}; each says one of ${new Intl.NumberFormat("en").format(things)} things (${bitsOf(question).toFixed(1)} bits). Owner: ${owner}.
Asked until ${expires}. For example: “${sentenceOf(question, exampleOf(question))}”
`;
}

/** The label in the middle of each field. */
const exampleOf = ({ fields }: SharingQuestion): SharingAnswer =>
  Object.fromEntries(
    fields.map(({ name, treatment }) => {
      const labels = labelsOf(treatment);
      return [name, labels[Math.floor((labels.length - 1) / 2)] ?? ""];
    }),
  );

/** Its anchor is the question's review. */
function headingOf({ review }: SharingQuestion): string {
  const words = (review.split("#")[1] ?? "").replaceAll("-", " ");
  return (words.charAt(0).toUpperCase() + words.slice(1))
    .replace(/^Api\b/, "API")
    .replace(/\b(?:cpu|nic)\b/, (word) => word.toUpperCase());
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(sharingPage, withQuestions(readFileSync(sharingPage, "utf8")));
