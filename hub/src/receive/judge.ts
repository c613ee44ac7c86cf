// Whether a text that its key has signed is a report or a deletion to be taken. Pure; what is refused is refused whole.
import {
  type Deletion,
  type ReportRefusal,
  type SharingCatalogue,
  type SharingReport,
  periodAt,
  periodSpan,
  questionById,
  readDeletion,
  readReport,
} from "@tidemark/proto";
import { dayOf } from "./day.ts";

export interface JudgedReport {
  readonly report: SharingReport;
  /** Days since 1970-01-01 UTC: the first on which its period is refused. */
  readonly closedDay: number;
}

/** `text` as a report to one of the catalogues, in its current period or the one before. */
export function judgeReport(
  text: string,
  catalogues: readonly SharingCatalogue[],
  nowMs: number,
): JudgedReport | ReportRefusal {
  for (const catalogue of catalogues) {
    const report = readReport(text, catalogue);
    if (report === "catalogue") continue;
    if (typeof report === "string") return report;
    const question = questionById(report.question, catalogue);
    if (question === undefined) return "question";
    const { periodDays } = question;
    const current = periodAt(periodDays, nowMs);
    if (report.period !== current && report.period !== current - 1) return "period";
    return { report, closedDay: dayOf(periodSpan(periodDays, report.period + 1).endMs) };
  }
  return "catalogue";
}

export function judgeDeletion(text: string): Deletion | ReportRefusal {
  return readDeletion(text) ?? "form";
}
