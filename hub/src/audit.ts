// Who did what to whom, kept in ClickHouse: sign-ins, tokens, enrolments, revocations, runs. Never a secret.
import type { Logger } from "pino";
import type { Database } from "./store/database.ts";

const auditActions = [
  "signed-in",
  "sign-in-refused",
  "signed-out",
  "password-changed",
  "token-created",
  "token-removed",
  "enrolment-token-created",
  "agent-enrolled",
  "enrolment-refused",
  "agent-changed",
  "agent-revoked",
  "run-started",
  "run-refused",
  "run-cancelled",
] as const;
type AuditAction = (typeof auditActions)[number];

/** Records without making the request wait; an entry that cannot be kept stands in the log instead. */
export type Audit = (user: string, action: AuditAction, subject: string, detail?: string) => void;

export function createAudit(database: Database, now: () => number, log: Logger): Audit {
  return (user, action, subject, detail = "") => {
    const entry = { user, action, subject, detail: detail.slice(0, 1_024) };
    log.info(entry, "audit");
    database
      .insertRows("audit", [{ at: (now() / 1_000).toFixed(3), ...entry }])
      .catch((err: unknown) => log.error({ err, ...entry }, "audit entry not stored"));
  };
}
