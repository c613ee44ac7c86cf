import { type SharingQuestion, sharingCatalogue } from "@tidemark/proto";
import { expect, test } from "vitest";
import { type ConsentRecord, answered, consentStateOf, consentView, yesTo } from "./consent.ts";

const dayMs = 86_400_000;
const nowMs = Date.parse("2027-01-01T00:00:00Z");
const question = questionOf("hardware.shape");
const given = { question, catalogue: 1, sha256: "ab", by: "ada", nowMs } as const;
const yes = answered(undefined, { ...given, answer: "yes" });

function questionOf(id: string): SharingQuestion {
  const found = sharingCatalogue.questions.find((each) => each.id === id);
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}

test.each<[string, ConsentRecord | undefined, number, string]>([
  ["nobody answered", undefined, nowMs, "unasked"],
  ["a no", answered(undefined, { ...given, answer: "no" }), nowMs, "no"],
  ["a yes", yes, nowMs, "yes"],
  ["a yes in its last moment", yes, nowMs + 365 * dayMs - 1, "yes"],
  ["a yes after twelve months", yes, nowMs + 365 * dayMs, "expired"],
  ["a no after a yes", answered(yes, { ...given, answer: "no" }), nowMs, "no"],
  [
    "a yes to what is asked no more",
    answered(undefined, { ...given, answer: "yes", nowMs: Date.parse("2028-12-30T00:00:00Z") }),
    Date.parse("2028-12-31T00:00:00Z"),
    "expired",
  ],
])("%s", (_name, record, atMs, state) => {
  expect(consentStateOf(record, question, atMs)).toBe(state);
  expect(yesTo(record, question, atMs) === undefined).toBe(state !== "yes");
});

const [first, ...rest] = question.fields;
if (first === undefined) throw new Error("a question has fields");

test.each<[string, Partial<SharingQuestion>]>([
  ["a field more", { fields: [...question.fields, { ...first, name: "more" }] }],
  ["a shorter period", { periodDays: 28 }],
  ["more reports", { reportsMax: question.reportsMax + 1 }],
  [
    "a label more",
    {
      fields: [
        { ...first, treatment: { kind: "one-of", values: ["a processor of 2030"] } },
        ...rest,
      ],
    },
  ],
])("%s makes a yes void", (_name, change) => {
  expect(consentStateOf(yes, { ...question, ...change }, nowMs)).toBe("void");
  expect(consentView(yes, { ...question, ...change }, nowMs).widened.length).toBe(1);
});

test("a question that asks less keeps its yes", () => {
  expect(consentStateOf(yes, { ...question, fields: rest, reportsMax: 1 }, nowMs)).toBe("yes");
});

test("a yes that is renewed in time goes on; after a no or an end it begins anew", () => {
  const laterMs = nowMs + 100 * dayMs;
  const renewed = answered(yes, { ...given, answer: "yes", nowMs: laterMs });
  expect(renewed.agreed).toMatchObject({
    sinceMs: nowMs,
    expiresAtMs: laterMs + 365 * dayMs,
  });
  const refused = answered(yes, { ...given, answer: "no", nowMs: laterMs });
  expect(answered(refused, { ...given, answer: "yes", nowMs: laterMs }).agreed?.sinceMs).toBe(
    laterMs,
  );
  const lateMs = nowMs + 400 * dayMs;
  expect(answered(yes, { ...given, answer: "yes", nowMs: lateMs }).agreed?.sinceMs).toBe(lateMs);
});
