// The reports of one question and one period: frozen together in one record, each on its way by itself. Every change of it is a function
// here, from record to record; what the ledger still has to learn of a change is kept in the same record, so that neither can be lost
// without the other. Pure: instants and randomness come in.
import { type LedgerEvent, type ReportRefusal, deletionText, sharingLimits } from "@tidemark/proto";
import { textSha256 } from "./envelope.ts";
import type { ReportPlace } from "./keys.ts";
import { deletionDueOf, retryAtMs, sharingTimes } from "./timing.ts";

/** sent, exported, given-up and dropped are final. */
export type ReportState = "waiting" | "sent" | "exported" | "given-up" | "dropped";

export interface KeptReport {
  readonly n: number;
  /** The exact text: it never changes. */
  readonly text: string;
  readonly state: ReportState;
  /** Begun. After a crash it is not known whether the last one arrived. */
  readonly tries: number;
  /** Of the next try: not before, Unix ms. */
  readonly dueMs: number;
  /** When it became what it is, Unix ms. */
  readonly sinceMs: number;
  readonly deletion: KeptDeletion | null;
}

export interface KeptDeletion {
  readonly state: "waiting" | "sent" | "failed";
  readonly tries: number;
  readonly dueMs: number;
}

/** For the ledger; `id` is the same however often it is told. */
export interface BatchEvent {
  readonly id: string;
  readonly atMs: number;
  readonly event: LedgerEvent;
  readonly text: string;
  readonly status: number | null;
  readonly receipt: string;
  readonly said: string;
}

export interface Batch {
  readonly question: string;
  readonly period: number;
  readonly catalogueSha256: string;
  /** Of the yes it was frozen under: under another one it does not leave. */
  readonly agreedSinceMs: number;
  readonly giveUpMs: number;
  readonly reports: readonly KeptReport[];
  /** What the ledger may not have yet, oldest first. Nothing leaves before it has. */
  readonly unnoted: readonly BatchEvent[];
}

export type ItemKind = "report" | "delete";

/** What came of one try. `said`: in a few words, nothing of the address or of the answer. */
export type Outcome =
  | { readonly kind: "received"; readonly status: number; readonly receipt: string }
  /** No other try would get through. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly reason: ReportRefusal | "unknown";
      readonly said: string;
    }
  | { readonly kind: "failed"; readonly status: number | null; readonly said: string };

export const batchKey = ({ question, period }: Pick<Batch, "question" | "period">): string =>
  `${question}.${period}`;

export const placeOf = (
  { catalogueSha256, question, period }: Batch,
  { n }: KeptReport,
): ReportPlace => ({ catalogueSha256, question, period, n });

/** Texts become reports. `room`: how many more may wait; those beyond are dropped at once. `dueMs` draws one instant. */
export function freeze(
  batch: Omit<Batch, "reports" | "unnoted">,
  texts: readonly string[],
  { nowMs, room, dueMs }: { nowMs: number; room: number; dueMs: () => number },
): Batch {
  const reports = texts.map((text, n): KeptReport => ({
    n,
    text,
    state: "waiting",
    tries: 0,
    dueMs: dueMs(),
    sinceMs: nowMs,
    deletion: null,
  }));
  const kept: Batch = { ...batch, reports, unnoted: [] };
  const frozen = reports.reduce<Batch>(
    (to, report) => told(to, report, nowMs, { event: "frozen" }),
    kept,
  );
  return reports
    .slice(Math.max(0, room))
    .reduce<Batch>((to, report) => ended(to, report, "dropped", nowMs, "too many wait"), frozen);
}

/**
 * A try begins. Written before anything is sent: after a crash the next one waits its turn, and there are never more than allowed. The
 * same batch when it does not wait any more: then nothing may be sent.
 */
export function begun(
  batch: Batch,
  n: number,
  kind: ItemKind,
  nowMs: number,
  random: number,
): Batch {
  const due = waitingIn(batch).find((each) => each.report.n === n && each.kind === kind);
  if (due === undefined) return batch;
  const tries = due.tries + 1;
  const times = { tries, dueMs: retryAtMs(nowMs, tries, random) };
  return changed(batch, n, (report) => withTimes(report, kind, times));
}

/** What was missed gets another instant. */
export const postponed = (batch: Batch, n: number, kind: ItemKind, dueMs: number): Batch =>
  changed(batch, n, (report) => withTimes(report, kind, { dueMs }));

/** A try has ended. A report that was dropped meanwhile, since its yes was taken back, stays so unless it did arrive. */
export function tried(
  batch: Batch,
  n: number,
  kind: ItemKind,
  outcome: Outcome,
  nowMs: number,
): Batch {
  const report = batch.reports.find((each) => each.n === n);
  if (report === undefined) return batch;
  const isLate = kind === "report" && report.state === "dropped" && outcome.kind === "received";
  if (itemOf(report, kind) === undefined && !isLate) return batch;
  return kind === "report"
    ? triedReport(batch, report, outcome, nowMs)
    : triedDeletion(batch, report, outcome, nowMs);
}

function triedReport(batch: Batch, report: KeptReport, outcome: Outcome, nowMs: number): Batch {
  if (outcome.kind === "received") {
    const { status, receipt } = outcome;
    const after = changed(batch, report.n, (each) => ({ ...each, state: "sent", sinceMs: nowMs }));
    return told(after, report, nowMs, { event: "sent", status, receipt });
  }
  const { status, said } = outcome;
  const after = told(batch, report, nowMs, { event: "failed", status, said });
  if (outcome.kind === "refused") return ended(after, report, "given-up", nowMs, "it was refused");
  if (report.tries < sharingLimits.attemptsMax) return after;
  return ended(after, report, "given-up", nowMs, `after ${report.tries} tries`);
}

function triedDeletion(batch: Batch, report: KeptReport, outcome: Outcome, nowMs: number): Batch {
  const tries = report.deletion?.tries ?? 0;
  if (outcome.kind === "received") {
    const { status, receipt } = outcome;
    const after = changed(batch, report.n, (each) => withDeletion(each, { state: "sent" }));
    return told(after, report, nowMs, { event: "deletion-sent", status, receipt });
  }
  const isLast = outcome.kind === "refused" || tries >= sharingLimits.attemptsMax;
  const said = isLast ? `${outcome.said}; given up` : outcome.said;
  const after = isLast
    ? changed(batch, report.n, (each) => withDeletion(each, { state: "failed" }))
    : batch;
  return told(after, report, nowMs, { event: "deletion-failed", status: outcome.status, said });
}

/** What has had its time: reports past their periods or their tries, deletions of what the receiver no longer keeps. */
export function lapsed(batch: Batch, nowMs: number): Batch {
  return batch.reports.reduce((to, report) => {
    const { state, deletion, tries, dueMs } = report;
    if (state === "waiting" && nowMs >= batch.giveUpMs)
      return ended(to, report, "given-up", nowMs, "its period is over");
    // Its last try ended with the hub, so that nobody told what came of it.
    if (state === "waiting" && tries >= sharingLimits.attemptsMax && nowMs >= dueMs)
      return ended(to, report, "given-up", nowMs, `after ${tries} tries`);
    if (deletion?.state !== "waiting") return to;
    const isOver = nowMs >= report.sinceMs + sharingTimes.rawMs;
    const isTried = deletion.tries >= sharingLimits.attemptsMax && nowMs >= deletion.dueMs;
    if (!isOver && !isTried) return to;
    const said = isOver ? "the receiver keeps no report so long; given up" : "given up";
    const after = changed(to, report.n, (each) => withDeletion(each, { state: "failed" }));
    return told(after, report, nowMs, { event: "deletion-failed", said });
  }, batch);
}

/** Whatever waits leaves no more. */
export const dropped = (batch: Batch, nowMs: number, said: string): Batch =>
  batch.reports
    .filter(({ state }) => state === "waiting")
    .reduce((to, report) => ended(to, report, "dropped", nowMs, said), batch);

/** What was sent, and what may have been, is asked back: once. `random` is drawn for each. */
export function askedBack(batch: Batch, nowMs: number, random: () => number): Batch {
  return batch.reports
    .filter((report) => report.deletion === null && mayHaveArrived(report))
    .filter(({ sinceMs }) => nowMs < sinceMs + sharingTimes.rawMs)
    .reduce((to, { n }) => {
      const dueMs = deletionDueOf(nowMs, random());
      const deletion = { state: "waiting", tries: 0, dueMs } as const;
      return changed(to, n, (report) => ({ ...report, deletion }));
    }, batch);
}

function mayHaveArrived({ state, tries }: KeptReport): boolean {
  return state === "sent" || state === "exported" || (state !== "waiting" && tries > 0);
}

/** Written to a file. Again, as long as it would be taken, since a file may be lost: the same bytes count once at the receiver. */
export function exported(batch: Batch, nowMs: number, by: string): Batch {
  return exportable(batch, nowMs).reduce((to, report) => {
    const isAgain = report.state === "exported";
    const after = isAgain
      ? to
      : changed(to, report.n, (each) => ({ ...each, state: "exported", sinceMs: nowMs }));
    const said = `by ${by}${isAgain ? ", again" : ""}`;
    return told(after, report, nowMs, { event: "exported", said, id: String(nowMs) });
  }, batch);
}

export const exportable = ({ reports, giveUpMs }: Batch, nowMs: number): readonly KeptReport[] =>
  nowMs >= giveUpMs
    ? []
    : reports.filter(({ state }) => state === "waiting" || state === "exported");

/** The ledger has these. */
export function noted(batch: Batch, ids: ReadonlySet<string>): Batch {
  return { ...batch, unnoted: batch.unnoted.filter(({ id }) => !ids.has(id)) };
}

/** Whether nothing can come of it any more, and nothing of it may have to be asked back. */
export function isOver(batch: Batch, nowMs: number): boolean {
  if (batch.unnoted.length > 0 || nowMs < batch.giveUpMs) return false;
  return batch.reports.every(
    (report) =>
      report.state !== "waiting" &&
      report.deletion?.state !== "waiting" &&
      nowMs >= report.sinceMs + sharingTimes.rawMs,
  );
}

export interface Due {
  readonly report: KeptReport;
  readonly kind: ItemKind;
  readonly tries: number;
  readonly dueMs: number;
}

/** Everything that waits to leave, in no order. */
export const waitingIn = ({ reports }: Batch): readonly Due[] =>
  reports.flatMap((report) =>
    (["report", "delete"] as const).flatMap((kind) => {
      const item = itemOf(report, kind);
      return item === undefined ? [] : [{ report, kind, tries: item.tries, dueMs: item.dueMs }];
    }),
  );

/** The text that is sent of a report, or to delete it. */
export const textOf = ({ text }: KeptReport, kind: ItemKind): string =>
  kind === "report" ? text : deletionText({ delete: textSha256(text) });

/** Of what waits: how often it was tried, and when it is due. */
function itemOf({ state, tries, dueMs, deletion }: KeptReport, kind: ItemKind) {
  if (kind === "report") return state === "waiting" ? { tries, dueMs } : undefined;
  return deletion?.state === "waiting" ? deletion : undefined;
}

/** Of the next try of either. */
const withTimes = (report: KeptReport, kind: ItemKind, times: Partial<ItemTimes>): KeptReport =>
  kind === "report" ? { ...report, ...times } : withDeletion(report, times);

const withDeletion = (report: KeptReport, change: Partial<KeptDeletion>): KeptReport =>
  report.deletion === null ? report : { ...report, deletion: { ...report.deletion, ...change } };

type ItemTimes = Pick<KeptDeletion, "tries" | "dueMs">;

function changed(batch: Batch, n: number, change: (report: KeptReport) => KeptReport): Batch {
  return {
    ...batch,
    reports: batch.reports.map((report) => (report.n === n ? change(report) : report)),
  };
}

function ended(
  batch: Batch,
  report: KeptReport,
  state: "given-up" | "dropped",
  nowMs: number,
  said: string,
): Batch {
  const after = changed(batch, report.n, (each) => ({ ...each, state, sinceMs: nowMs }));
  return told(after, report, nowMs, { event: state, said });
}

/** Adds what the ledger is to learn. `id` tells apart what can happen more than once without a try of its own. */
function told(
  batch: Batch,
  report: KeptReport,
  nowMs: number,
  what: Pick<BatchEvent, "event"> & Partial<BatchEvent>,
): Batch {
  const { event, status = null, receipt = "", said = "" } = what;
  const isDeletion = event === "deletion-sent" || event === "deletion-failed";
  const tries = isDeletion ? (report.deletion?.tries ?? 0) : report.tries;
  const id = [batchKey(batch), report.n, event, what.id ?? tries].join("|");
  const text = textOf(report, isDeletion ? "delete" : "report");
  return {
    ...batch,
    unnoted: [...batch.unnoted, { id, atMs: nowMs, event, text, status, receipt, said }],
  };
}
