// What the mock's sharing starts with: the real catalogue, answers of a made-up site, and the ledger of three periods.
import { createHash } from "node:crypto";
import {
  askedQuestion,
  bitsOf,
  canonicalJson,
  type LedgerEntry,
  periodAt,
  periodSpan,
  type PreviewedReport,
  questionById,
  reportText,
  type SharedQuestion,
  sentenceOf,
  type SharingAnswer,
  sharingCatalogue,
  type SharingConsent,
  type SharingQuestion,
  widenings,
} from "@tidemark/proto";

const dayMs = 86_400_000;

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Of the catalogue in force. */
export const catalogueSha256 = sha256(canonicalJson(sharingCatalogue));

const latencies = ["51.2-102", "102-205", "205-410", "25.6-51.2"];

/** What this site answers, by question. */
const answers: Readonly<Record<string, readonly SharingAnswer[]>> = {
  "fleet.size": [{ hosts: "32-63", release: "0.1" }],
  "network.size": [{ subnets: "8-15", vlans: "4-7" }],
  "network.family": [{ ipv6: "20" }],
  "hardware.cpu": [
    { cpu: "amd-epyc-milan", hosts: "20-99" },
    { cpu: "intel-xeon-skylake", hosts: "5-19" },
    { cpu: "other", hosts: "1-4" },
  ],
  "hardware.shape": [
    { cores: "32-63", memory: "128-255" },
    { cores: "64-127", memory: "256-511" },
  ],
  "hardware.disk": [{ media: "nvme", size: "1000-2000" }],
  "hardware.nic": [{ speed: "25000", hosts: "20-99" }],
  "api.latency": [
    "machines.list",
    "machines.read",
    "subnets.list",
    "tags.list",
    "events.query",
    "boot-resources.list",
  ].map((operation, index) => ({ operation, p99: latencies[index % latencies.length] ?? "" })),
  "api.release": [{ release: "3.6", p99: "102-410" }],
  "load.latency": [{ profile: "smoke", p99: "6.4-12.8" }],
  "hub.environment": [{ node: "26", clickhouse: "26.3", store: "32-255" }],
};

const silent: Readonly<Record<string, string>> = {
  "api.upgrade": "no comparison of two releases of MAAS ended in this period",
  "load.mesh": "no run of this period has the label mesh",
  "load.upgrade": "no comparison of two releases ended in this period",
};

const unasked: SharingConsent = {
  state: "unasked",
  answeredAtMs: null,
  answeredBy: null,
  expiresAtMs: null,
  sha256: null,
  widened: [],
};

export function answered(state: "yes" | "no", atMs: number, by: string): SharingConsent {
  return {
    ...unasked,
    state,
    answeredAtMs: atMs,
    answeredBy: by,
    ...(state === "yes" ? { expiresAtMs: atMs + 365 * dayMs, sha256: catalogueSha256 } : {}),
  };
}

/** A question as the overview tells it. */
export const sharedOf = (
  question: SharingQuestion,
  rest: Pick<SharedQuestion, "consent" | "waiting" | "sent">,
): SharedQuestion => ({ ...askedQuestion(question), ...rest });

/** Consents of a hub that has been asked for a while: every state there is. */
export function seededConsents(nowMs: number): Map<string, SharingConsent> {
  const consents = new Map(sharingCatalogue.questions.map(({ id }) => [id, unasked]));
  const longAgo = nowMs - 120 * dayMs;
  for (const id of ["fleet.size", "network.size", "hardware.cpu"])
    consents.set(id, answered("yes", longAgo, "ada"));
  consents.set("hardware.disk", answered("no", longAgo, "ada"));
  consents.set("hub.environment", {
    ...answered("yes", nowMs - 380 * dayMs, "grace"),
    state: "expired",
  });
  const latency = questionById("api.latency", sharingCatalogue);
  if (latency !== undefined) {
    const agreed = { ...latency, reportsMax: 8, fields: latency.fields.slice(1) };
    consents.set("api.latency", {
      ...answered("yes", longAgo, "ada"),
      state: "void",
      sha256: sha256("an older catalogue"),
      widened: [...widenings(agreed, latency)],
    });
  }
  return consents;
}

export const newConsents = (): Map<string, SharingConsent> =>
  new Map(sharingCatalogue.questions.map(({ id }) => [id, unasked]));

/** The reports of the question's period before this one, as they wait, or as they would be. */
export function reportsOf(
  question: SharingQuestion,
  state: PreviewedReport["state"],
  nowMs: number,
): PreviewedReport[] {
  const period = periodAt(question.periodDays, nowMs) - (state === "waiting" ? 1 : 0);
  return (answers[question.id] ?? []).map((answer, index) => {
    const text = reportText({
      question: question.id,
      catalogue: sharingCatalogue.version,
      period,
      answer,
    });
    return {
      question: question.id,
      period,
      state,
      text,
      sha256: sha256(text),
      bits: bitsOf(question),
      sentence: sentenceOf(question, answer),
      dueMs: state === "waiting" ? nowMs + (index + 1) * 3.4 * dayMs : null,
    };
  });
}

export function silentOf(
  question: SharingQuestion,
): { question: string; reason: string } | undefined {
  const reason = silent[question.id];
  return reason === undefined ? undefined : { question: question.id, reason };
}

export type NewEntry = Partial<LedgerEntry> & Pick<LedgerEntry, "atMs" | "event">;

/** The ledger, oldest first: three yeses and a no, then what three periods sent. */
export function seededEntries(nowMs: number): NewEntry[] {
  const askedAtMs = nowMs - 120 * dayMs;
  const entries: NewEntry[] = [
    ["fleet.size", "yes"],
    ["network.size", "yes"],
    ["hardware.cpu", "yes"],
    ["api.latency", "yes"],
    ["hardware.disk", "no"],
  ].map(([question = "", answer = ""], index) => ({
    atMs: askedAtMs + index * 9_000,
    event: "answered",
    question,
    said: `${answer} by ada`,
  }));
  for (const periodsAgo of [3, 2, 1])
    for (const id of ["fleet.size", "network.size", "api.latency"]) {
      const question = questionById(id, sharingCatalogue);
      if (question === undefined) continue;
      const period = periodAt(question.periodDays, nowMs) - periodsAgo;
      const closedAtMs = periodSpan(question.periodDays, period).endMs;
      for (const [index, answer] of (answers[id] ?? []).entries()) {
        const text = reportText({ question: id, catalogue: 1, period, answer });
        const report = { question: id, period, text, sha256: sha256(text) };
        const sentAtMs = Math.min(nowMs - 60_000, closedAtMs + (index + 1) * 1.7 * dayMs);
        entries.push({ ...report, atMs: closedAtMs, event: "frozen" });
        if (index === 2)
          entries.push({
            ...report,
            atMs: sentAtMs - 3_000_000,
            event: "failed",
            said: "the receiver did not answer within 20 s; tried again later",
          });
        entries.push({
          ...report,
          atMs: sentAtMs,
          event: "sent",
          status: 200,
          receipt: receiptOf(report.sha256),
        });
      }
    }
  return entries.toSorted((one, other) => one.atMs - other.atMs);
}

/** As long as a real one: 64 bytes of what would be the receiver's signature. */
export function receiptOf(sha: string): string {
  return `${sha}.${createHash("sha512").update(`receipt ${sha}`).digest("base64url")}`;
}
