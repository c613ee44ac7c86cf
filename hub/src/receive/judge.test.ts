import fc from "fast-check";
import {
  type SharingReport,
  labelsOf,
  periodAt,
  periodSpan,
  reportText,
  sharingCatalogue,
} from "@tidemark/proto";
import { describe, expect, test } from "vitest";
import { judgeDeletion, judgeReport } from "./judge.ts";

const nowMs = Date.UTC(2026, 10, 30, 12);
const judge = (text: string, atMs = nowMs, catalogues = [sharingCatalogue]) =>
  judgeReport(text, catalogues, atMs);

const report: SharingReport = {
  question: "fleet.size",
  catalogue: 1,
  period: periodAt(28, nowMs),
  answer: { hosts: "64-127", release: "other" },
};

/** Any report that the catalogue allows in the current period. */
const anyReport = fc.constantFrom(...sharingCatalogue.questions).chain((question) =>
  fc
    .record(
      Object.fromEntries(
        question.fields.map(({ name, treatment }) => [
          name,
          fc.constantFrom(...labelsOf(treatment)),
        ]),
      ),
    )
    .map((answer) => ({
      question: question.id,
      catalogue: sharingCatalogue.version,
      period: periodAt(question.periodDays, nowMs),
      answer,
    })),
);

describe("a report", () => {
  test("is taken with every answer the catalogue allows", () => {
    fc.assert(
      fc.property(anyReport, (one) => {
        expect(judge(reportText(one))).toMatchObject({ report: one });
      }),
    );
  });

  test("is taken in its period and the one after, and never else", () => {
    fc.assert(
      fc.property(anyReport, fc.integer({ min: -4_000, max: 4_000 }), (one, days) => {
        const question = sharingCatalogue.questions.find(({ id }) => id === one.question);
        const length = question?.periodDays ?? 28;
        const atMs = nowMs + days * 86_400_000;
        const { startMs } = periodSpan(length, one.period);
        const { endMs } = periodSpan(length, one.period + 1);
        const judged = judge(reportText(one), atMs);
        if (atMs < startMs || atMs >= endMs) expect(judged).toBe("period");
        else expect(judged).toMatchObject({ closedDay: endMs / 86_400_000 });
      }),
    );
  });

  test.each([
    ["text that is no JSON", "{", "form"],
    ["a list", "[]", "form"],
    ["a space too many", JSON.stringify(JSON.parse(reportText(report)), undefined, 1), "form"],
    ["keys in another order", JSON.stringify(report), "form"],
    ["a key twice", reportText(report).replace("{", '{"period":1,'), "form"],
    ["an escape where none is needed", reportText(report).replace("64", "\\u00364"), "form"],
    ["a number written otherwise", reportText(report).replace(/(\d+),"q/, '$1.0,"q'), "form"],
    ["something after its end", `${reportText(report)}x`, "form"],
    ["another catalogue", reportText({ ...report, catalogue: 2 }), "catalogue"],
    ["an unknown question", reportText({ ...report, question: "fleet.names" }), "question"],
    [
      "a label that is none",
      reportText({ ...report, answer: { hosts: "rack-7.example", release: "other" } }),
      "vocabulary",
    ],
    [
      "an exact count",
      reportText({ ...report, answer: { hosts: "100", release: "other" } }),
      "vocabulary",
    ],
    [
      "a field too many",
      reportText({ ...report, answer: { ...report.answer, name: "other" } }),
      "vocabulary",
    ],
    ["a field too few", reportText({ ...report, answer: { hosts: "64-127" } }), "vocabulary"],
    [
      "another question's field",
      reportText({ ...report, question: "network.family" }),
      "vocabulary",
    ],
    [
      "something beside the answer",
      JSON.stringify({
        answer: report.answer,
        catalogue: 1,
        host: "rack-7",
        period: report.period,
        question: report.question,
      }),
      "vocabulary",
    ],
    ["a fractional period", reportText({ ...report, period: 741.5 }), "vocabulary"],
    ["a deletion", '{"delete":"00"}', "form"],
  ])("is refused whole with %s", (_, text, reason) => {
    expect(judge(text)).toBe(reason);
  });

  test("to an earlier catalogue is held against that one", () => {
    const [fleet] = sharingCatalogue.questions;
    if (fleet === undefined) throw new Error("no question");
    const wider = {
      version: 2,
      questions: [
        {
          ...fleet,
          fields: fleet.fields.map((field) =>
            field.name === "hosts"
              ? { ...field, treatment: { kind: "bands" as const, edges: [1, 1_000_000] } }
              : field,
          ),
        },
      ],
    };
    const both = [wider, sharingCatalogue];
    const answer = { hosts: "1000000+", release: "other" };
    expect(judge(reportText(report), nowMs, both)).toMatchObject({ report });
    expect(judge(reportText({ ...report, answer }), nowMs, both)).toBe("vocabulary");
    const newer = { ...report, catalogue: 2, answer };
    expect(judge(reportText(newer), nowMs, both)).toMatchObject({ report: newer });
    expect(judge(reportText({ ...report, catalogue: 3 }), nowMs, both)).toBe("catalogue");
  });
});

test.each(["{}", '{"delete":"zz"}', `{ "delete":"${"0".repeat(64)}"}`, reportText(report)])(
  "a deletion is refused that reads %s",
  (text) => {
    expect(judgeDeletion(text)).toBe("form");
  },
);
