// Every change of a batch, from record to record, with what the ledger is to learn of it. Pure: instants and randomness come in.
import { sharingLimits } from "@tidemark/proto";
import {
  type Batch,
  type BatchEvent,
  type KeptDeletion,
  type KeptReport,
  type Outcome,
  batchKey,
  exportable,
  goneAtMs,
  itemOf,
  textOf,
  waitingIn,
} from "./batch.ts";
import type { BodyKind } from "./envelope.ts";
import { textSha256 } from "./envelope.ts";
import { deletionDueOf, retryAtMs } from "./timing.ts";

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
  kind: BodyKind,
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
export const postponed = (batch: Batch, n: number, kind: BodyKind, dueMs: number): Batch =>
  changed(batch, n, (report) => withTimes(report, kind, { dueMs }));

/** A try has ended. A report that was dropped meanwhile, since its yes was taken back, stays so unless it did arrive. */
export function tried(
  batch: Batch,
  n: number,
  kind: BodyKind,
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
    const isOver = nowMs >= goneAtMs(batch, report);
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
    .filter((report) => nowMs < goneAtMs(batch, report))
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

/** The ledger has these. */
export function noted(batch: Batch, ids: ReadonlySet<string>): Batch {
  return { ...batch, unnoted: batch.unnoted.filter(({ id }) => !ids.has(id)) };
}

/** Of the next try of either. */
const withTimes = (report: KeptReport, kind: BodyKind, times: Partial<ItemTimes>): KeptReport =>
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
  const text = textOf(report, isDeletion ? "delete" : "report");
  // With the text in it: should a state be put back and a period be frozen again, its other texts are other entries.
  const id = [batchKey(batch), report.n, event, what.id ?? tries, textSha256(text)].join("|");
  return {
    ...batch,
    unnoted: [...batch.unnoted, { id, atMs: nowMs, event, text, status, receipt, said }],
  };
}
