// Exchanges about sharing with the maintainers, by name.
import type {
  ConsentAnswers,
  LedgerPage,
  SharingBundle,
  SharingOverview,
  SharingPreview,
  Withdrawal,
  Withdrawn,
} from "@tidemark/proto";
import { request } from "./client.ts";

type Signal = AbortSignal;

export const readSharing = (signal: Signal) =>
  request<SharingOverview>("GET", "/sharing", { signal });
/** Of every question without one. */
export const readSharingPreview = (question: string | undefined, signal: Signal) =>
  request<SharingPreview>("GET", "/sharing/preview", { signal, query: { question } });
export const answerQuestions = (body: ConsentAnswers) =>
  request<SharingOverview>("POST", "/sharing/answers", { body });
export const withdrawSharing = (body: Withdrawal) =>
  request<Withdrawn>("POST", "/sharing/withdraw", { body });
/** Newest first. */
export const readLedger = (query: { cursor?: string; limit: number }, signal: Signal) =>
  request<LedgerPage>("GET", "/sharing/ledger", { signal, query });
/** What waits, for a file; from then on it counts as sent. */
export const exportWaiting = () => request<SharingBundle>("POST", "/sharing/export");
