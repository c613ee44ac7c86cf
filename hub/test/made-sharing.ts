// A sharing whose state a test makes up, behind the hub's own HTTP server: for what a real one gets to only in weeks.
import {
  type LedgerEntry,
  type PreviewedReport,
  type Role,
  type SharedQuestion,
  type SharingLock,
  type SharingOverview,
  bitsOf,
  labelsOf,
  questionById,
  sharingCatalogue,
  treatmentWords,
} from "@tidemark/proto";
import { pino } from "pino";
import { loadConfig } from "../src/config.ts";
import { RequestRefused } from "../src/errors.ts";
import type { HttpDeps } from "../src/http/deps.ts";
import { createServer } from "../src/http/server.ts";
import { catalogueSha256 } from "../src/sharing/catalogue-hash.ts";
import { reportKey, seal, textSha256 } from "../src/sharing/envelope.ts";
import { SharingConflict, SharingLocked } from "../src/sharing/errors.ts";
import type { Sharing } from "../src/sharing/sharing.ts";
import { createTelemetry } from "../src/telemetry.ts";

export interface MadeSharing extends Sharing {
  lock: SharingLock | null;
  receiver: string | null;
  sha256: string;
  questions: SharedQuestion[];
  reports: PreviewedReport[];
  /** Oldest first. */
  entries: LedgerEntry[];
}

const unasked: SharedQuestion["consent"] = {
  state: "unasked",
  answeredAtMs: null,
  answeredBy: null,
  expiresAtMs: null,
  sha256: null,
  widened: [],
};

export const sharedQuestions = (): SharedQuestion[] =>
  sharingCatalogue.questions.map((question) => ({
    id: question.id,
    title: question.title,
    asks: question.asks,
    reason: question.reason,
    owner: question.owner,
    review: question.review,
    expires: question.expires,
    periodDays: question.periodDays,
    cadence: question.cadence,
    reportsMax: question.reportsMax,
    bits: bitsOf(question),
    fields: question.fields.map(({ name, title, unit, reason, treatment }) => ({
      name,
      title,
      unit,
      reason,
      treatment: treatmentWords(treatment),
      labels: [...labelsOf(treatment)],
    })),
    consent: unasked,
    waiting: 0,
    sent: 0,
  }));

const text =
  '{"answer":{"hosts":"64-127","release":"0.1"},"catalogue":1,"period":741,"question":"fleet.size"}';
export const fleetReport: PreviewedReport = {
  question: "fleet.size",
  period: 741,
  state: "would",
  text,
  sha256: textSha256(text),
  bits: 4.9,
  sentence: "This fleet has 64-127 hosts under watch by Tidemark 0.1.",
  dueMs: null,
};

export function makeSharing(): MadeSharing {
  const made: MadeSharing = {
    lock: null,
    receiver: "https://receiver.example",
    sha256: catalogueSha256(sharingCatalogue),
    questions: sharedQuestions(),
    reports: [fleetReport],
    entries: [],
    async overview(): Promise<SharingOverview> {
      return {
        lock: made.lock,
        receiver: made.receiver,
        relayed: false,
        catalogue: { version: sharingCatalogue.version, sha256: made.sha256 },
        questions: made.questions,
        nextSendMs: null,
        deletionsWaiting: 0,
        givenUp: 0,
        dropped: 0,
      };
    },
    async preview(question) {
      if (question !== undefined && questionById(question, sharingCatalogue) === undefined)
        throw new RequestRefused("not-found", "the catalogue has no such question", {
          field: "/question",
        });
      const asked = ({ id }: SharedQuestion) => question === undefined || question === id;
      const silent = made.questions
        .filter(asked)
        .filter(({ id }) => !made.reports.some((report) => report.question === id))
        .map(({ id }) => ({ question: id, reason: "no agent is enrolled" }));
      const reports = made.reports.filter(
        (report) => question === undefined || report.question === question,
      );
      return { bodyBytes: 1_024, reports, silent };
    },
    async answer({ sha256, answers }, by) {
      if (sha256 !== made.sha256) throw new SharingConflict("another catalogue is in force");
      if (made.lock !== null && answers.some(({ answer }) => answer === "yes"))
        throw new SharingLocked("sharing is locked");
      made.questions = made.questions.map((question) => {
        const given = answers.find((one) => one.question === question.id);
        if (given === undefined) return question;
        const consent = { ...unasked, state: given.answer, answeredAtMs: 1, answeredBy: by };
        return { ...question, consent };
      });
      return await made.overview();
    },
    async withdraw(how) {
      const dropped = made.reports.length;
      made.reports = [];
      made.questions = sharedQuestions();
      return { dropped, deletions: how.delete ? 2 : 0 };
    },
    async ledger(cursor, limit) {
      if (cursor !== undefined && !/^\d+$/.test(cursor))
        throw new RequestRefused("invalid-request", "/cursor of the query is not one", {
          field: "/cursor",
        });
      const before = cursor === undefined ? made.entries.length : Number(cursor);
      const items = made.entries.slice(Math.max(0, before - limit), before).toReversed();
      return { items, nextCursor: before > limit ? `${before - limit}` : null };
    },
    async export() {
      if (made.lock !== null) throw new SharingLocked("sharing is locked");
      const key = reportKey(Buffer.alloc(32, 7));
      const bodies = made.reports.map((report) => seal(report.text, key).toString("base64"));
      made.reports = [];
      return { bodies };
    },
  };
  return made;
}

export interface SharingServer {
  readonly url: string;
  readonly tokens: Readonly<Record<Role, string>>;
  /** `user action subject detail` of each entry. */
  readonly audited: string[];
  stop(): Promise<void>;
}

/** The hub's HTTP server with this sharing and the three roles; its other routes answer 500. */
export async function serveSharing(sharing: Sharing): Promise<SharingServer> {
  const audited: string[] = [];
  const tokens = { viewer: "token-viewer", operator: "token-operator", admin: "token-admin" };
  const roleOf = new Map<string, Role>([
    [tokens.viewer, "viewer"],
    [tokens.operator, "operator"],
    [tokens.admin, "admin"],
  ]);
  const deps: Partial<HttpDeps> = {
    config: loadConfig({ flags: {}, env: {} }).http,
    version: "0.0.0",
    log: pino({ level: "silent" }),
    localSecret: "unused",
    telemetry: createTelemetry("0.0.0"),
    audit: { record: (...entry) => void audited.push(entry.join(" ")) },
    apiTokens: {
      verify: async (secret: string) => {
        const role = roleOf.get(secret);
        return role === undefined ? undefined : { user: role, role };
      },
    } as HttpDeps["apiTokens"],
    sharing,
    checkReplies: true,
  };
  const server = await createServer(deps as HttpDeps);
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return { url, tokens, audited, stop: () => server.close() };
}
