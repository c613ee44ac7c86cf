// What the mock answers about sharing: asked, previewed, answered, withdrawn, and every step in its ledger.
import type { ServerResponse } from "node:http";
import {
  type ConsentAnswers,
  type LedgerEntry,
  questionById,
  reportBodyBytes,
  sharingCatalogue,
  type SharingConsent,
  type SharingLock,
  type SharingOverview,
  type SharingPreview,
  type Withdrawal,
} from "@tidemark/proto";
import { json, problem } from "./answers.ts";
import {
  answered,
  catalogueSha256,
  type NewEntry,
  newConsents,
  reportsOf,
  seededConsents,
  seededEntries,
  sharedOf,
  silentOf,
} from "./sharing.ts";

interface Asked {
  readonly method: string;
  readonly what: string | undefined;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly user: string;
  /** A hub that was just started. */
  readonly isEmpty: boolean;
  readonly response: ServerResponse;
}

export interface SharingDesk {
  lock: SharingLock | null;
  receiver: string | null;
  answer(asked: Asked): void;
}

export function openSharingDesk(startedAtMs: number): SharingDesk {
  let consents = seededConsents(startedAtMs);
  const entries: LedgerEntry[] = [];
  /** Questions whose waiting reports are gone: withdrawn, answered with no, or exported. */
  const cleared = new Set<string>();
  let deletionsWaiting = 0;
  for (const entry of seededEntries(startedAtMs)) write(entry);

  function write(entry: NewEntry): void {
    entries.push({
      question: null,
      period: null,
      text: "",
      sha256: "",
      status: null,
      receipt: "",
      said: "",
      ...entry,
      number: entries.length + 1,
    });
  }
  const seen = (isEmpty: boolean) => (isEmpty ? newConsents() : consents);
  const sentOf = (id: string | null) =>
    entries.filter(({ event, question }) => event === "sent" && (id ?? question) === question)
      .length;
  /** What waits: only for a yes that a period has closed under. */
  function waitingOf(id: string, consent: SharingConsent | undefined, nowMs: number) {
    const question = questionById(id, sharingCatalogue);
    const isOld = (consent?.answeredAtMs ?? nowMs) < startedAtMs;
    return question !== undefined && consent?.state === "yes" && isOld && !cleared.has(id)
      ? reportsOf(question, "waiting", startedAtMs)
      : [];
  }

  function overview(isEmpty: boolean): SharingOverview {
    const all = seen(isEmpty);
    const waiting = [...all].flatMap(([id, consent]) => waitingOf(id, consent, startedAtMs));
    return {
      lock: desk.lock,
      receiver: isEmpty ? null : desk.receiver,
      relayed: false,
      catalogue: { version: sharingCatalogue.version, sha256: catalogueSha256 },
      questions: sharingCatalogue.questions.map((question) => {
        const consent = all.get(question.id) ?? answered("no", startedAtMs, "");
        return sharedOf(question, {
          consent,
          waiting: waitingOf(question.id, consent, startedAtMs).length,
          sent: isEmpty ? 0 : sentOf(question.id),
        });
      }),
      nextSendMs:
        desk.lock === null && desk.receiver !== null && waiting.length > 0
          ? Math.min(...waiting.map(({ dueMs }) => dueMs ?? Number.POSITIVE_INFINITY))
          : null,
      deletionsWaiting,
      givenUp: 0,
      dropped: 0,
    };
  }

  function preview(only: string | null, isEmpty: boolean): SharingPreview {
    const asked = sharingCatalogue.questions.filter(({ id }) => only === null || id === only);
    if (isEmpty)
      return {
        bodyBytes: reportBodyBytes,
        reports: [],
        silent: asked.map(({ id }) => ({ question: id, reason: "no host has been seen yet" })),
      };
    return {
      bodyBytes: reportBodyBytes,
      reports: asked.flatMap((question) => {
        const waiting = waitingOf(question.id, consents.get(question.id), startedAtMs);
        return waiting.length > 0 ? waiting : reportsOf(question, "would", startedAtMs);
      }),
      silent: asked.flatMap((question) => silentOf(question) ?? []),
    };
  }

  function consent({ body, user, isEmpty, response }: Asked): void {
    const { sha256, answers } = body as ConsentAnswers;
    if (desk.lock !== null)
      return problem(response, "conflict", `sharing is locked by ${desk.lock}`);
    if (sha256 !== catalogueSha256)
      return problem(response, "conflict", "the questions have changed; read them again");
    for (const { question, answer } of answers) {
      consents.set(question, answered(answer, Date.now(), user));
      if (answer === "no") cleared.add(question);
      write({ atMs: Date.now(), event: "answered", question, said: `${answer} by ${user}` });
    }
    json(response, overview(isEmpty));
  }

  function withdraw({ body, user, isEmpty, response }: Asked): void {
    const dropped = overview(isEmpty).questions.reduce((sum, { waiting }) => sum + waiting, 0);
    const wantsDeletion = (body as Withdrawal).delete;
    deletionsWaiting = wantsDeletion ? sentOf(null) : 0;
    consents = new Map(
      [...consents].map(([id, one]) => [
        id,
        one.state === "yes" ? answered("no", Date.now(), user) : one,
      ]),
    );
    write({
      atMs: Date.now(),
      event: "withdrawn",
      said: `by ${user}, ${wantsDeletion ? "deletion asked for" : "no deletion asked for"}`,
    });
    json(response, { dropped, deletions: deletionsWaiting });
  }

  function exportWaiting({ response }: Asked): void {
    const waiting = [...consents].flatMap(([id, one]) => waitingOf(id, one, startedAtMs));
    for (const { question, period, text, sha256 } of waiting) {
      cleared.add(question);
      write({ atMs: Date.now(), event: "exported", question, period, text, sha256 });
    }
    const head = `${"A".repeat(43)}.${"B".repeat(86)}\n`;
    json(response, {
      bodies: waiting.map(({ text }) =>
        Buffer.from((head + text).padEnd(reportBodyBytes)).toString("base64"),
      ),
    });
  }

  function ledger({ query, isEmpty, response }: Asked): void {
    const limit = Number(query.get("limit") ?? 100);
    const before = Number(query.get("cursor") ?? entries.length + 1);
    const older = isEmpty ? [] : entries.filter(({ number }) => number < before).toReversed();
    const items = older.slice(0, limit);
    const last = items.at(-1);
    json(response, {
      items,
      nextCursor: older.length > limit && last !== undefined ? String(last.number) : null,
    });
  }

  const desk: SharingDesk = {
    lock: null,
    receiver: "https://sharing.tidemark.example",
    answer(asked) {
      const { method, what, query, isEmpty, response } = asked;
      if (method === "GET" && what === undefined) return json(response, overview(isEmpty));
      if (method === "GET" && what === "preview")
        return json(response, preview(query.get("question"), isEmpty));
      if (method === "GET" && what === "ledger") return ledger(asked);
      if (method === "POST" && what === "answers") return consent(asked);
      if (method === "POST" && what === "withdraw") return withdraw(asked);
      if (method === "POST" && what === "export") return exportWaiting(asked);
      problem(response, "not-found", `there is no sharing/${what ?? ""}`);
    },
  };
  return desk;
}
