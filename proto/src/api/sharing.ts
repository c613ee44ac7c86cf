// Sharing with the maintainers, as its operator sees it: what is asked, what would leave, what has left, and the way out.
import { Type, type Static } from "typebox";
import { reportBodyBytes, reportTextBytesMax } from "../sharing/report.ts";
import { count, nullable, strict, text, timeMs } from "./common.ts";

export const sharingLimits = {
  /** A yes is asked for anew after this long: twelve months. */
  consentDaysMax: 365,
  /** Nothing is sent sooner after a yes. */
  regretHours: 24,
  /** Tries of one report, or of one deletion, before it is given up. */
  attemptsMax: 5,
  /** Reports that wait at most; more are dropped and counted. */
  waitingMax: 1_000,
  ledgerPageMax: 1_000,
  timeoutMs: 20_000,
  receiptLengthMax: 512,
} as const;

/** What may keep everything from leaving, before any consent: nothing in the interface overrides it. */
export const SharingLock = Type.Enum(["configuration", "DO_NOT_TRACK"]);
export type SharingLock = Static<typeof SharingLock>;

/**
 * unasked: neither yes nor no. expired: the yes is older than twelve months. void: the question has been widened since. Only yes
 * sends.
 */
export const consentStates = ["unasked", "yes", "no", "expired", "void"] as const;
export const ConsentState = Type.Enum(consentStates);
export type ConsentState = (typeof consentStates)[number];

export const SharingConsent = Type.Object(
  {
    state: ConsentState,
    /** When it was answered, and by whom; null while unasked. */
    answeredAtMs: nullable(timeMs),
    answeredBy: nullable(text(64)),
    /** When a yes ends; null without one. */
    expiresAtMs: nullable(timeMs),
    /** Of the catalogue that was agreed to; null without a yes. */
    sha256: nullable(text(64)),
    /** What the question can say beyond what was agreed to, in words; why it is void. */
    widened: Type.Array(text(256)),
  },
  strict,
);
export type SharingConsent = Static<typeof SharingConsent>;

export const SharedField = Type.Object(
  {
    name: text(64),
    title: text(128),
    unit: text(64),
    reason: text(512),
    /** How a value is coarsened, in words: `by powers of two, up to 8192`. */
    treatment: text(256),
    /** Everything the field can say, in order. */
    labels: Type.Array(text(64)),
  },
  strict,
);
export type SharedField = Static<typeof SharedField>;

export const SharedQuestion = Type.Object(
  {
    id: text(64),
    title: text(128),
    asks: text(512),
    reason: text(512),
    owner: text(128),
    review: text(256),
    /** `2028-12-31`. */
    expires: text(10),
    periodDays: count,
    cadence: Type.Enum(["every-period", "once"]),
    reportsMax: count,
    /** log2 of what one report can say. */
    bits: Type.Number(),
    fields: Type.Array(SharedField),
    consent: SharingConsent,
    /** Reports that wait to be sent. */
    waiting: count,
    sent: count,
  },
  strict,
);
export type SharedQuestion = Static<typeof SharedQuestion>;

/** GET /api/v1/sharing */
export const SharingOverview = Type.Object(
  {
    lock: nullable(SharingLock),
    /** Where reports go: the receiver, or a relay before it. Null: nowhere is configured, reports can be exported to a file. */
    receiver: nullable(text(2_048)),
    relayed: Type.Boolean(),
    catalogue: Type.Object({ version: count, sha256: text(64) }, strict),
    questions: Type.Array(SharedQuestion),
    /** The next instant something may leave; null when nothing waits. */
    nextSendMs: nullable(timeMs),
    /** Deletion requests that wait to be sent. */
    deletionsWaiting: count,
    /** Reports given up after `attemptsMax` tries or at their period's end, and those a bound dropped. */
    givenUp: count,
    dropped: count,
  },
  strict,
);
export type SharingOverview = Static<typeof SharingOverview>;

/** One report: before consent what would be sent, after it what is frozen for sending. */
export const PreviewedReport = Type.Object(
  {
    question: text(64),
    period: count,
    /** `would`: no consent, nothing is kept. `waiting`: exactly these bytes will be sent. */
    state: Type.Enum(["would", "waiting"]),
    /** The exact text: RFC 8785 JSON. */
    text: text(reportTextBytesMax),
    /** Of the text's bytes, hex. */
    sha256: text(64),
    bits: Type.Number(),
    /** What it says, in plain words. */
    sentence: text(512),
    /** Not before: the random instant it is due; null while it only would. */
    dueMs: nullable(timeMs),
  },
  strict,
);
export type PreviewedReport = Static<typeof PreviewedReport>;

/** GET /api/v1/sharing/preview?question=… : all questions without it. */
export const PreviewQuery = Type.Object({ question: Type.Optional(text(64)) }, strict);
export const SharingPreview = Type.Object(
  {
    bodyBytes: Type.Literal(reportBodyBytes),
    reports: Type.Array(PreviewedReport),
    /** Questions that have no answer here, and why, in words. */
    silent: Type.Array(Type.Object({ question: text(64), reason: text(256) }, strict)),
  },
  strict,
);
export type SharingPreview = Static<typeof SharingPreview>;

/** POST /api/v1/sharing/answers (admin). `sha256` is the catalogue's that was shown: another in force is a conflict. */
export const ConsentAnswers = Type.Object(
  {
    sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
    answers: Type.Array(
      Type.Object({ question: text(64), answer: Type.Enum(["yes", "no"]) }, strict),
      { minItems: 1, maxItems: 100 },
    ),
  },
  strict,
);
export type ConsentAnswers = Static<typeof ConsentAnswers>;

/** POST /api/v1/sharing/withdraw (admin): every yes ends, what waits is dropped, and, with `delete`, what was sent is asked back. */
export const Withdrawal = Type.Object({ delete: Type.Boolean() }, strict);
export type Withdrawal = Static<typeof Withdrawal>;
/** How many waiting reports were dropped, and how many deletion requests wait to be sent. */
export const Withdrawn = Type.Object({ dropped: count, deletions: count }, strict);
export type Withdrawn = Static<typeof Withdrawn>;

/** What an entry of the ledger tells. Entries are only ever added. */
export const ledgerEvents = [
  /** A yes or a no was given. */
  "answered",
  /** Frozen for sending. */
  "frozen",
  "sent",
  /** One try failed, or was refused. */
  "failed",
  "given-up",
  "dropped",
  "withdrawn",
  "deletion-sent",
  "deletion-failed",
  /** Written to a file for an air-gapped site. */
  "exported",
] as const;
export const LedgerEvent = Type.Enum(ledgerEvents);
export type LedgerEvent = (typeof ledgerEvents)[number];

export const LedgerEntry = Type.Object(
  {
    /** Ascending, without gaps. */
    number: count,
    atMs: timeMs,
    event: LedgerEvent,
    /** Null for a withdrawal of everything. */
    question: nullable(text(64)),
    period: nullable(count),
    /** Of a report, its exact text; empty otherwise. */
    text: text(reportTextBytesMax),
    sha256: text(64),
    /** HTTP status of a try; null where there was no answer. */
    status: nullable(count),
    /** The receiver's signed receipt; empty without one. */
    receipt: text(sharingLimits.receiptLengthMax),
    /** In words: who answered, why a try failed. */
    said: text(256),
  },
  strict,
);
export type LedgerEntry = Static<typeof LedgerEntry>;

/** GET /api/v1/sharing/ledger : newest first. */
export const LedgerPage = Type.Object(
  { items: Type.Array(LedgerEntry), nextCursor: nullable(text(256)) },
  strict,
);
export type LedgerPage = Static<typeof LedgerPage>;

/**
 * POST /api/v1/sharing/export (admin): the waiting reports of questions with a yes, ready to be carried to the receiver by hand. They
 * count as sent. `bodies` are the exact bodies, base64.
 */
export const SharingBundle = Type.Object(
  { bodies: Type.Array(text(2_048), { maxItems: sharingLimits.waitingMax }) },
  strict,
);
export type SharingBundle = Static<typeof SharingBundle>;
