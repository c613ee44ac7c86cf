// What leaves: one report, one fixed size. The format byte by byte, for the sender, the receiver and whoever checks either.
//
//   POST /v1/report   POST /v1/delete      body: exactly 1,024 bytes
//   <public key, 43 characters base64url> "." <signature, 86 characters base64url> "\n" <text> <spaces up to 1,024 bytes>
//
// `text` is canonical JSON (RFC 8785): {"answer":{…},"catalogue":1,"period":741,"question":"fleet.size"}, or, to delete what the same
// key has sent, {"delete":"<SHA-256 of its text, 64 hex digits>"}. The signature is Ed25519 over the text's bytes, without the spaces.
import { Type, type Static } from "typebox";
import { strict } from "../api/common.ts";
import { parser } from "../parse.ts";
import { canonicalJson } from "./canonical.ts";
import {
  type SharingAnswer,
  type SharingCatalogue,
  type SharingQuestion,
  questionById,
} from "./catalogue.ts";
import { sharingCatalogue } from "./questions.ts";
import { labelsOf } from "./treatment.ts";

/** Where a receiver takes each kind of body, by POST. */
export const sharingPaths = { report: "/v1/report", delete: "/v1/delete" } as const;
/** Bytes of every body, whatever it says. */
export const reportBodyBytes = 1_024;
/** Bytes of a report's text at most: what the key, the signature and two separators leave. */
export const reportTextBytesMax = reportBodyBytes - 43 - 86 - 2;

/** One answer to one question. */
export interface SharingReport {
  readonly question: string;
  /** Version of the catalogue it was asked by. */
  readonly catalogue: number;
  /** Of the question's own length: see `periodAt`. */
  readonly period: number;
  readonly answer: SharingAnswer;
}

export const DeletionSchema = Type.Object(
  { delete: Type.String({ pattern: "^[0-9a-f]{64}$" }) },
  strict,
);
/** Asks for one report to be deleted: the SHA-256 of its text. Signed by the report's own key. */
export type Deletion = Static<typeof DeletionSchema>;

/** Why a receiver refuses; each has a counter of its own. Nothing of what was refused is kept. */
export const reportRefusals = [
  /** Not exactly `reportBodyBytes`; nothing else is looked at. */
  "size",
  /** Not the form above, or not canonical. */
  "form",
  "signature",
  /** A version this receiver does not know. */
  "catalogue",
  "question",
  /** A field or a label that the question does not have. */
  "vocabulary",
  /** Neither the question's current period nor the one before. */
  "period",
  /** The same key has sent another text. */
  "conflict",
  /** A deletion of what this key has not sent. */
  "foreign",
  "rate",
] as const;
export type ReportRefusal = (typeof reportRefusals)[number];

/**
 * The strict JSON schema of one question's reports, made from the catalogue: nothing but its fields, nothing but their labels.
 */
export function reportSchemaOf(question: SharingQuestion, version: number) {
  return Type.Object(
    {
      answer: Type.Object(
        Object.fromEntries(
          question.fields.map(({ name, treatment }) => [name, Type.Enum([...labelsOf(treatment)])]),
        ),
        strict,
      ),
      catalogue: Type.Literal(version),
      period: Type.Integer({ minimum: 0, maximum: 65_535 }),
      question: Type.Literal(question.id),
    },
    strict,
  );
}

/** The text of a report: canonical JSON. */
export const reportText = (report: SharingReport): string => canonicalJson(report);

export const deletionText = (deletion: Deletion): string => canonicalJson(deletion);

/** A compiled check per question costs a few ms once. */
const checks = new WeakMap<SharingQuestion, (value: unknown) => SharingReport>();
function checkOf(question: SharingQuestion, version: number): (value: unknown) => SharingReport {
  let check = checks.get(question);
  if (check === undefined) {
    check = parser(reportSchemaOf(question, version), question.id);
    checks.set(question, check);
  }
  return check;
}

/** A text as the report it is, held against the catalogue, or why it is none. */
export function readReport(
  text: string,
  from: SharingCatalogue = sharingCatalogue,
): SharingReport | ReportRefusal {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "form";
  }
  if (typeof value !== "object" || value === null || !("question" in value)) return "form";
  if (!("catalogue" in value) || value.catalogue !== from.version) return "catalogue";
  const question =
    typeof value.question === "string" ? questionById(value.question, from) : undefined;
  if (question === undefined) return "question";
  let report: SharingReport;
  try {
    report = checkOf(question, from.version)(value);
  } catch {
    return "vocabulary";
  }
  return reportText(report) === text ? report : "form";
}

const parseDeletion = parser(DeletionSchema, "deletion");
/** A text as a deletion, or undefined. */
export function readDeletion(text: string): Deletion | undefined {
  try {
    const deletion = parseDeletion(JSON.parse(text));
    return deletionText(deletion) === text ? deletion : undefined;
  } catch {
    return undefined;
  }
}
