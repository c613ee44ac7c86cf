// The sharing as the rest of the hub sees it. Any hub answers for it; the one that leads freezes and sends.
import type {
  ConsentAnswers,
  LedgerPage,
  SharingBundle,
  SharingOverview,
  SharingPreview,
  Withdrawal,
  Withdrawn,
} from "@tidemark/proto";

export interface Sharing {
  overview(): Promise<SharingOverview>;
  /** What would be sent, and what waits to be, byte for byte; of one question or of all. */
  preview(question?: string): Promise<SharingPreview>;
  /** Throws SharingConflict when another catalogue was shown, or holds no such question, and SharingLocked for a yes under a lock. */
  answer(answers: ConsentAnswers, by: string): Promise<SharingOverview>;
  /** Resolves once nothing but deletions can leave. */
  withdraw(how: Withdrawal, by: string): Promise<Withdrawn>;
  /** Newest first. Throws RequestRefused for a cursor that is none. */
  ledger(cursor: string | undefined, limit: number): Promise<LedgerPage>;
  /** Throws SharingLocked under a lock. */
  export(by: string): Promise<SharingBundle>;
}
