import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "./canonical.ts";
import { periodAt, periodDays, periodSpan } from "./period.ts";
import { sharingCatalogue } from "./questions.ts";
import {
  type SharingReport,
  deletionText,
  readDeletion,
  readReport,
  reportText,
  reportTextBytesMax,
} from "./report.ts";
import { labelsOf } from "./treatment.ts";

const reports: fc.Arbitrary<SharingReport> = fc
  .constantFrom(...sharingCatalogue.questions)
  .chain((question) =>
    fc.record({
      question: fc.constant(question.id),
      catalogue: fc.constant(sharingCatalogue.version),
      period: fc.integer({ min: 0, max: 65_535 }),
      answer: fc.record(
        Object.fromEntries(
          question.fields.map(({ name, treatment }) => [
            name,
            fc.constantFrom(...labelsOf(treatment)),
          ]),
        ),
      ),
    }),
  );

test("every report of the catalogue is read as it was written, and fits", () => {
  fc.assert(
    fc.property(reports, (report) => {
      const text = reportText(report);
      expect(readReport(text)).toEqual(report);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(reportTextBytesMax);
    }),
  );
});

test("the longest report of each question fits", () => {
  for (const { id, fields } of sharingCatalogue.questions) {
    const longest = (labels: readonly string[]) =>
      labels.reduce((one, other) => (other.length > one.length ? other : one), "");
    const answer = Object.fromEntries(
      fields.map(({ name, treatment }) => [name, longest(labelsOf(treatment))]),
    );
    const text = reportText({ question: id, catalogue: 1_000, period: 65_535, answer });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(reportTextBytesMax);
  }
});

test("whatever has been changed in a report, it is refused", () => {
  fc.assert(
    fc.property(reports, fc.nat(), fc.string({ minLength: 1 }), (report, at, text) => {
      const before = reportText(report);
      const place = at % (before.length + 1);
      const after = before.slice(0, place) + text + before.slice(place);
      const read = readReport(after);
      // A digit more is another period.
      if (typeof read === "object") expect(reportText(read)).toBe(after);
      else expect(read).toMatch(/^(?:form|catalogue|question|vocabulary)$/);
    }),
  );
});

const good: SharingReport = {
  question: "network.family",
  catalogue: sharingCatalogue.version,
  period: 741,
  answer: { ipv6: "50" },
};

test.each<[string, unknown, string]>([
  ["no JSON", undefined, "form"],
  ["null", null, "form"],
  ["a list", [good], "form"],
  ["another catalogue", { ...good, catalogue: 999 }, "catalogue"],
  ["no catalogue", { answer: good.answer, period: 1, question: good.question }, "catalogue"],
  ["another question", { ...good, question: "fleet.names" }, "question"],
  ["a question of every object", { ...good, question: "constructor" }, "question"],
  ["a question that is no text", { ...good, question: 7 }, "question"],
  ["another label", { ...good, answer: { ipv6: "51" } }, "vocabulary"],
  ["a number", { ...good, answer: { ipv6: 50 } }, "vocabulary"],
  ["another field", { ...good, answer: { ...good.answer, host: "other" } }, "vocabulary"],
  ["no field", { ...good, answer: {} }, "vocabulary"],
  ["more beside", { ...good, host: "rack-1" }, "vocabulary"],
  ["a period that is none", { ...good, period: 1.5 }, "vocabulary"],
  ["a period past the last", { ...good, period: 65_536 }, "vocabulary"],
])("%s is refused", (_name, value, refusal) => {
  expect(readReport(value === undefined ? "{" : canonicalJson(value))).toBe(refusal);
});

test("one report has one text", () => {
  const text = reportText(good);
  expect(text).toBe(
    `{"answer":{"ipv6":"50"},"catalogue":${good.catalogue},"period":741,"question":"network.family"}`,
  );
  const { answer, ...rest } = good;
  for (const other of [
    ` ${text}`,
    JSON.stringify({ ...rest, answer }),
    text.replace("741", "741.0"),
    text.replace("50", String.raw`\u0035\u0030`),
    text.replace("{", '{"answer":{"ipv6":"50"},'),
  ])
    expect(readReport(other), other).toBe("form");
});

test("a deletion is read as it was written, and nothing else is one", () => {
  const deletion = { delete: "a".repeat(64) };
  expect(readDeletion(deletionText(deletion))).toEqual(deletion);
  for (const text of [
    "",
    "{}",
    "null",
    ` ${deletionText(deletion)}`,
    deletionText({ delete: "A".repeat(64) }),
    deletionText({ delete: "a".repeat(63) }),
    canonicalJson({ ...deletion, host: 1 }),
  ])
    expect(readDeletion(text), text).toBeUndefined();
});

test("canonical JSON sorts keys at every depth, and comes back equal", () => {
  expect(canonicalJson({ b: [{ d: 1, c: "é\n" }], a: null, A: 1e21 })).toBe(
    String.raw`{"A":1e+21,"a":null,"b":[{"c":"é\n","d":1}]}`,
  );
  expect(canonicalJson({ 9: 1, 10: [], a: undefined })).toBe('{"10":[],"9":1}');
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

test("periods follow one another without gaps", () => {
  fc.assert(
    fc.property(fc.constantFrom(...periodDays), fc.integer({ min: 0, max: 1e13 }), (days, atMs) => {
      const { startMs, endMs } = periodSpan(days, periodAt(days, atMs));
      expect(startMs).toBeLessThanOrEqual(atMs);
      expect(atMs).toBeLessThan(endMs);
      expect(periodAt(days, endMs)).toBe(periodAt(days, startMs) + 1);
    }),
  );
});
