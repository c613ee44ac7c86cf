// The reports of one question and one period: frozen together in one record, each on its way by itself. Every change of it is a function
// in batch-changes.ts; what the ledger still has to learn of a change is kept in the same record, so that neither can be lost
// without the other. Pure.
import { type LedgerEvent, type ReportRefusal, deletionText } from "@tidemark/proto";
import { type BodyKind, textSha256 } from "./envelope.ts";
import type { ReportPlace } from "./keys.ts";
import { sharingTimes } from "./timing.ts";

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

/** Of what is sent: the body it becomes. */
/** What came of one try. `said`: in a few words, nothing of the address or of the answer. */
export type Outcome =
  | { readonly kind: "received"; readonly status: number; readonly receipt: string }
  /** No other try would get through. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly reason: ReportRefusal;
      readonly said: string;
    }
  | { readonly kind: "failed"; readonly status: number | null; readonly said: string };

export const batchKey = ({ question, period }: Pick<Batch, "question" | "period">): string =>
  `${question}.${period}`;

export const placeOf = (
  { catalogueSha256, question, period }: Batch,
  { n }: KeptReport,
): ReportPlace => ({ catalogueSha256, question, period, n });

/** What is written to a file when somebody asks for one. */
export const exportable = ({ reports, giveUpMs }: Batch, nowMs: number): readonly KeptReport[] =>
  nowMs >= giveUpMs
    ? []
    : reports.filter(({ state }) => state === "waiting" || state === "exported");

/** From when on the receiver has nothing of it any more. A file may be handed in as long as its reports are taken. */
export const goneAtMs = ({ giveUpMs }: Batch, { state, sinceMs }: KeptReport): number =>
  (state === "exported" ? Math.max(giveUpMs, sinceMs) : sinceMs) + sharingTimes.rawMs;

/** Whether nothing can come of it any more, and nothing of it may have to be asked back. */
export function isOver(batch: Batch, nowMs: number): boolean {
  if (batch.unnoted.length > 0 || nowMs < batch.giveUpMs) return false;
  return batch.reports.every(
    (report) =>
      report.state !== "waiting" &&
      report.deletion?.state !== "waiting" &&
      nowMs >= goneAtMs(batch, report),
  );
}

export interface Due {
  readonly report: KeptReport;
  readonly kind: BodyKind;
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
export const textOf = ({ text }: KeptReport, kind: BodyKind): string =>
  kind === "report" ? text : deletionText({ delete: textSha256(text) });

/** Of what waits: how often it was tried, and when it is due. */
export function itemOf({ state, tries, dueMs, deletion }: KeptReport, kind: BodyKind) {
  if (kind === "report") return state === "waiting" ? { tries, dueMs } : undefined;
  return deletion?.state === "waiting" ? deletion : undefined;
}
