// Who did what to whom, kept in ClickHouse: sign-ins, tokens, enrolments, revocations, runs. Never a secret. Entries are
// written once a second together, since each insert makes a part on disk and strangers can cause entries.
import type { Logger } from "pino";
import type { Database } from "./store/database.ts";
import { dateTime64 } from "./store/sql-text.ts";

type AuditAction =
  | "signed-in"
  | "sign-in-refused"
  | "signed-out"
  | "password-changed"
  | "token-created"
  | "token-removed"
  | "enrolment-token-created"
  | "enrolment-token-removed"
  | "agent-enrolled"
  | "enrolment-refused"
  | "agent-changed"
  | "agent-revoked"
  | "run-started"
  | "run-refused"
  | "run-tried"
  | "run-try-refused"
  | "run-cancelled"
  | "run-renamed"
  | "profile-created"
  | "profile-revised"
  | "profile-archived"
  | "profile-restored"
  | "campaign-started"
  | "campaign-refused"
  | "campaign-cancelled"
  | "schedule-created"
  | "schedule-changed"
  | "schedule-removed"
  | "schedule-run"
  | "webhook-created"
  | "webhook-removed"
  | "webhook-tested"
  | "sharing-answered"
  | "sharing-withdrawn"
  | "sharing-exported";

export interface Audit {
  /** Does not make the request wait; the log has the entry at once, the table a second later. */
  readonly record: (user: string, action: AuditAction, subject: string, detail?: string) => void;
  /** Writes what waits. */
  stop(): Promise<void>;
}

const writeEveryMs = 1_000;
/** Entries that wait while the database is away; past it the oldest stand in the log alone. */
const waitingMax = 10_000;
const detailLengthMax = 1_024;

export function startAudit(
  database: Pick<Database, "insertRows">,
  now: () => number,
  log: Logger,
): Audit {
  let waiting: Record<string, unknown>[] = [];
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const entries = waiting;
    if (entries.length === 0) return;
    waiting = [];
    try {
      await database.insertRows("audit", entries);
    } catch (err) {
      waiting = [...entries, ...waiting].slice(-waitingMax);
      log.error({ err, entries: entries.length }, "audit entries not stored");
    }
  }

  const flush = () => {
    writing = writing.then(write);
    return writing;
  };
  const timer = setInterval(() => void flush(), writeEveryMs);
  return {
    record(user, action, subject, detail = "") {
      const entry = { user, action, subject, detail: detail.slice(0, detailLengthMax) };
      log.info(entry, "audit");
      waiting.push({ at: dateTime64(now()), ...entry });
      if (waiting.length > waitingMax) waiting.shift();
    },
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}
