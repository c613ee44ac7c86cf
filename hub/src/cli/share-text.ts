// Sharing as text for a terminal: what is asked, what would leave, what has left. Calm, and all of it: nobody should have to look
// anywhere else before answering.
import {
  type AskedQuestion,
  type LedgerEntry,
  type PreviewedReport,
  type SharedField,
  type SharedQuestion,
  type SharingCatalogue,
  type SharingConsent,
  type SharingLock,
  type SharingOverview,
  type SharingPreview,
  type Withdrawal,
  type Withdrawn,
  askedQuestion,
} from "@tidemark/proto";
import { whenText } from "./schedule-when.ts";
import { printable, table } from "./table.ts";

export function statusText(overview: SharingOverview): string {
  const { catalogue, questions, nextSendMs, deletionsWaiting, givenUp, dropped } = overview;
  const yes = questions.filter(({ consent }) => consent.state === "yes").length;
  const rows = questions.map((question) => [
    question.id,
    question.consent.state,
    dayText(question.consent.answeredAtMs),
    question.consent.answeredBy ?? "–",
    dayText(question.consent.expiresAtMs),
    cadenceText(question),
    bitsText(question.bits),
    `${question.waiting}`,
    `${question.sent}`,
  ]);
  const header = ["QUESTION", "ANSWER", "SINCE", "BY", "UNTIL", "HOW OFTEN", "BITS", "WAITING"];
  return [
    ...(overview.lock === null ? [] : [lockText(overview.lock)]),
    `${yes} of ${questions.length} questions have a yes. Without one, nothing leaves.`,
    whereText(overview),
    catalogueLine(catalogue),
    table([...header, "SENT"], rows),
    ...questions.flatMap(({ id, consent }) => askedAnewText(id, consent)),
    nextSendMs === null
      ? "Nothing waits to be sent."
      : `Next may leave at ${whenText(nextSendMs)}, and not before.`,
    ...(deletionsWaiting === 0 ? [] : [`Deletion requests to be sent: ${deletionsWaiting}.`]),
    ...(givenUp === 0
      ? []
      : [`Reports given up, since the receiver did not take them: ${givenUp}.`]),
    ...(dropped === 0
      ? []
      : [`Reports dropped by a no or a withdrawal, or for want of room: ${dropped}.`]),
  ].join("\n");
}

/** What `share yes` and `share no` say after the answer. */
export function answeredText(
  answer: "yes" | "no",
  questions: readonly string[],
  { receiver }: SharingOverview,
): string {
  const to = `${answer} to ${questions.join(", ")}`;
  if (answer === "no") return `${to}. It is kept here; nothing is sent.`;
  const how =
    receiver === null
      ? "No receiver is set: reports wait for `tidemark share export`."
      : "Nothing leaves within a day.";
  return `${to}. ${how} \`tidemark share withdraw\` ends it.`;
}

export function withdrawnText({ dropped, deletions }: Withdrawn, how: Withdrawal): string {
  const deleted = how.delete ? ` Deletion requests to be sent: ${deletions}.` : "";
  return `Every yes has ended. Waiting reports dropped: ${dropped}.${deleted} The ledger stays.`;
}

/** All of each question, and the exact texts that would be sent: what stands above the question yes or no. */
export function consentText(
  overview: SharingOverview,
  questions: readonly SharedQuestion[],
  preview: SharingPreview,
): string {
  return [
    catalogueLine(overview.catalogue),
    whereText(overview),
    ...questions.map((question) =>
      [
        questionText(question),
        ...preview.reports.filter((report) => report.question === question.id).map(reportText),
        ...preview.silent
          .filter((silent) => silent.question === question.id)
          .map(({ reason }) => `  Today there would be no answer: ${reason}`),
      ].join("\n"),
    ),
    [
      "Each report is on its own: it names nobody, and no other report. A yes holds for data from now on, for twelve",
      "months or until `tidemark share withdraw`. Nothing leaves within a day of it. A no changes nothing else.",
    ].join("\n"),
  ].join("\n\n");
}

export function catalogueText(catalogue: SharingCatalogue, sha256: string): string {
  const { version, questions } = catalogue;
  return [
    catalogueLine({ version, sha256 }),
    ...questions.map((question) => questionText(askedQuestion(question))),
  ].join("\n\n");
}

export function previewText({ reports, silent, bodyBytes }: SharingPreview): string {
  const without = silent.map(({ question, reason }) => [question, reason]);
  return [
    reports.length === 0
      ? "No question has an answer at the moment."
      : `Each text travels alone, in a body of ${bodyBytes} bytes.`,
    ...reports.map(reportText),
    ...(without.length === 0 ? [] : [table(["NO ANSWER TO", "WHY"], without)]),
  ].join("\n\n");
}

/** One line an entry; `full` adds the exact text, its hash and the receipt. */
export function ledgerText(entries: readonly LedgerEntry[], full: boolean): string {
  if (entries.length === 0) return "The ledger is empty: nothing was answered, nothing was sent.";
  if (full) return entries.map(entryText).join("\n\n");
  const header = ["NUMBER", "AT", "WHAT", "QUESTION", "PERIOD", "STATUS", "SAID"];
  return table(header, entries.map(entryRow));
}

const entryRow = ({ number, atMs, event, question, period, status, said }: LedgerEntry) => [
  `${number}`,
  whenText(atMs),
  event,
  question ?? "–",
  `${period ?? "–"}`,
  `${status ?? "–"}`,
  said,
];

function entryText(entry: LedgerEntry): string {
  const { text, sha256, receipt } = entry;
  return [
    printable(entryRow(entry).join("  ").trimEnd()),
    ...(text === "" ? [] : [`  ${text}`]),
    ...(sha256 === "" ? [] : [`  sha256 ${sha256}`]),
    ...(receipt === "" ? [] : [`  receipt ${printable(receipt)}`]),
  ].join("\n");
}

function questionText(question: AskedQuestion): string {
  const { id, title, asks, reason, owner, review, expires, reportsMax, bits, fields } = question;
  const reports = reportsMax === 1 ? "1 report" : `at most ${reportsMax} reports`;
  return [
    `${id}: ${title}`,
    `  ${asks}`,
    `  Why: ${reason}`,
    `  ${capital(cadenceText(question))}, ${reports} of ${bitsText(bits)} bits${reportsMax === 1 ? "" : " each"}, asked until ${expires}.`,
    `  ${owner}; discussed at ${review}`,
    ...fields.flatMap(fieldLines),
  ].join("\n");
}

const fieldLines = ({ name, title, unit, treatment, reason, labels }: SharedField) => [
  `  ${name}: ${title}, ${treatment}${unit === "" ? "" : ` ${unit}`}. ${reason}`,
  ...wrapped(labels),
];

function reportText({
  question,
  period,
  state,
  text,
  sha256,
  bits,
  sentence,
  dueMs,
}: PreviewedReport) {
  const due = dueMs === null ? "" : ` until ${whenText(dueMs)}`;
  const when = state === "would" ? "would be sent" : `waits${due}`;
  return [
    `  ${question}, period ${period}, ${when}: ${sentence}`,
    `  ${text}`,
    `  sha256 ${sha256}, ${bitsText(bits)} bits`,
  ].join("\n");
}

/** What is locked, by what, and that answers do not matter then. */
export const lockText = (lock: SharingLock): string =>
  lock === "DO_NOT_TRACK"
    ? "Locked by the variable DO_NOT_TRACK: nothing leaves, whatever is answered."
    : "Locked by the hub's configuration (sharing.locked): nothing leaves, whatever is answered.";

function whereText({ receiver, relayed }: SharingOverview): string {
  if (receiver === null)
    return "No receiver is set: nothing is sent. Reports can be written to a file by `tidemark share export`.";
  return relayed ? `Reports go to the relay ${receiver}.` : `Reports go to ${receiver}.`;
}

function askedAnewText(id: string, { state, widened }: SharingConsent): string[] {
  if (state === "expired") return [`${id} is asked anew: the yes is twelve months old.`];
  return state === "void" ? [`${id} is asked anew, it has grown: ${widened.join("; ")}.`] : [];
}

const catalogueLine = ({ version, sha256 }: SharingOverview["catalogue"]) =>
  `Catalogue version ${version}, sha256 ${sha256}`;

const cadenceText = ({ cadence, periodDays }: Pick<AskedQuestion, "cadence" | "periodDays">) =>
  cadence === "once" ? "once for each upgrade" : `every ${periodDays} days`;

const bitsText = (bits: number) => bits.toFixed(1);
const dayText = (ms: number | null) =>
  ms === null ? "–" : new Date(ms).toISOString().slice(0, 10);
const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const columnsMax = 100;

/** Labels by commas, on lines that fit. */
function wrapped(labels: readonly string[]): string[] {
  const lines: string[] = [];
  let line = "   ";
  for (const [index, label] of labels.entries()) {
    const word = ` ${label}${index === labels.length - 1 ? "" : ","}`;
    if (line.length + word.length > columnsMax) {
      lines.push(line);
      line = "   ";
    }
    line += word;
  }
  return [...lines, line];
}
