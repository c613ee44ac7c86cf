import { describe, expect, test } from "vitest";
import { lockFault, lockOf, readLock } from "../../test/catalogue-lock.ts";
import {
  type SharingField,
  type SharingQuestion,
  bitsOf,
  catalogueLimits,
  labelWithUnit,
  questionById,
  sentenceOf,
  vocabularyOf,
  widenings,
} from "./catalogue.ts";
import { parser } from "../parse.ts";
import { SharingCatalogueSchema } from "./catalogue-schema.ts";
import { periodDays } from "./period.ts";
import { sharingCatalogue } from "./questions.ts";
import { labelsOf, otherLabel } from "./treatment.ts";

const { questions } = sharingCatalogue;

describe("the catalogue in force", () => {
  test("has questions, each once", () => {
    expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
    expect(questionById("fleet.size", sharingCatalogue)?.id).toBe("fleet.size");
    expect(questionById("fleet.names", sharingCatalogue)).toBeUndefined();
  });

  test("can be read back whole, by a hub that keeps it and a receiver of another version", () => {
    expect(parser(SharingCatalogueSchema, "catalogue")(structuredClone(sharingCatalogue))).toEqual(
      sharingCatalogue,
    );
  });

  test.each(questions.map((question) => [question.id, question] as const))(
    "%s keeps within its bounds",
    (id, question) => {
      expect(id).toMatch(/^[a-z]+\.[a-z]+$/);
      expect(bitsOf(question)).toBeLessThanOrEqual(catalogueLimits.bitsMax);
      expect(question.fields.length).toBeGreaterThan(0);
      expect(question.fields.length).toBeLessThanOrEqual(catalogueLimits.fieldsMax);
      expect(question.reportsMax).toBeGreaterThan(0);
      expect(question.reportsMax).toBeLessThanOrEqual(catalogueLimits.reportsMax);
      expect(periodDays).toContain(question.periodDays);
      expect(question.review).toBe(`sharing.md#${id.replace(".", "-")}`);
      expect(new Date(question.expires).toISOString().slice(0, 10)).toBe(question.expires);
      expect(question.asks).toMatch(/\?$/);
      for (const text of [question.title, question.reason, question.owner])
        expect(text.length).toBeGreaterThan(2);
    },
  );

  test.each(questions.map((question) => [question.id, question] as const))(
    "%s says all of its fields in a sentence, and has no field twice",
    (_id, question) => {
      const names = question.fields.map(({ name }) => name);
      const said = Array.from(question.sentence.matchAll(/\{(\w+)\}/g), ([, name]) => name);
      expect(new Set(said)).toEqual(new Set(names));
      expect(said).toHaveLength(names.length);
      expect(new Set(names).size).toBe(names.length);
      for (const field of question.fields) expect(field.reason.length).toBeGreaterThan(2);
    },
  );

  test("can say nothing but short plain words", () => {
    for (const word of vocabularyOf(sharingCatalogue)) {
      expect(word).toMatch(/^[a-z0-9<>+.-]+$/);
      expect(word.length).toBeLessThanOrEqual(32);
    }
  });
});

test("bits are the logarithm of what can be said", () => {
  const question = made([
    field("a", ["x", "y", "z"]),
    { ...field("b", []), treatment: { kind: "log2", cap: 64 } },
  ]);
  expect(bitsOf(question)).toBe(2 + 3);
});

test("a report is told with its units", () => {
  const question = made([{ ...field("a", ["x"]), unit: "hosts" }, field("b", ["y"])]);
  const { fields } = question;
  expect(labelWithUnit(fields[0]!, "x")).toBe("x hosts");
  expect(labelWithUnit(fields[0]!, "1")).toBe("1 host");
  expect(labelWithUnit(fields[0]!, otherLabel)).toBe("other");
  expect(sentenceOf({ ...question, sentence: "{a}, {b}, {c}." }, { a: "x", b: "y" })).toBe(
    "x hosts, y, c.",
  );
});

describe("a consent", () => {
  const agreed = made([field("a", ["x", "y"]), field("b", ["z"])]);
  test.each<[string, Partial<SharingQuestion>]>([
    ["the same", {}],
    ["another wording", { asks: "Otherwise?", title: "Other" }],
    ["a field less", { fields: [agreed.fields[0]!] }],
    ["a label less", { fields: [field("a", ["x"]), agreed.fields[1]!] }],
    ["a longer period", { periodDays: 84 }],
    ["fewer reports", { reportsMax: 1 }],
    ["once", { cadence: "once" }],
    ["another order", { fields: agreed.fields.toReversed() }],
  ])("covers %s", (_name, change) =>
    expect(widenings(agreed, { ...agreed, ...change })).toEqual([]),
  );

  test.each<[string, Partial<SharingQuestion>, RegExp]>([
    ["a new field", { fields: [...agreed.fields, field("c", ["x"])] }, /new field/],
    ["a new label", { fields: [field("a", ["x", "y", "w"])] }, /1 new answers, w/],
    ["a renamed field", { fields: [field("d", ["x"])] }, /new field/],
    ["another unit", { fields: [{ ...agreed.fields[0]!, unit: "ms" }] }, /another unit/],
    ["more reports", { reportsMax: 3 }, /3 reports a period instead of 2/],
  ])("does not cover %s", (_name, change, reason) => {
    const found = widenings(agreed, { ...agreed, ...change });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(reason);
  });

  test("does not cover a shorter period, nor anew what was once", () => {
    const seldom = made(agreed.fields, { periodDays: 84, cadence: "once" });
    expect(widenings(seldom, agreed)).toEqual([
      "every 28 days instead of 84",
      "anew every period instead of once",
    ]);
  });

  test("does not cover finer steps of the same measure", () => {
    const measured = (ratio: 2 | 4) =>
      made([
        {
          ...field("p99", []),
          treatment: { kind: "ratio", ratio, low: 1, high: 100 },
        },
      ]);
    expect(widenings(measured(4), measured(2))).toHaveLength(1);
  });
});

describe("the lock", () => {
  const first = questions[0]!;
  const rest = questions.slice(1);
  const changed = (question: SharingQuestion, version = sharingCatalogue.version) => ({
    version,
    questions: [question, ...rest],
  });
  const lock = lockOf(sharingCatalogue);
  const wider = { ...first, fields: [...first.fields, field("zone", ["a"])] };

  test("holds the catalogue in force", () => {
    expect(lockFault(readLock(), sharingCatalogue)).toBe("");
  });

  test("has every word that can leave", () => {
    for (const { id, fields } of questions)
      for (const word of [
        id,
        ...fields.flatMap((each) => [each.name, ...labelsOf(each.treatment)]),
      ])
        expect(lock.vocabulary).toContain(word);
  });

  test("refuses more bits and more words of the same version, and says what to do", () => {
    const said = lockFault(lock, changed(wider));
    expect(said).toMatch(/new words, a for one.*fleet\.size has [\d.]+ bits.*version 2/);
    expect(said).toContain("node proto/test/catalogue-lock.ts");
  });

  test("takes another version, and less of the same, once they are written down", () => {
    for (const catalogue of [changed(wider, 2), changed({ ...first, asks: "Why?" })]) {
      expect(lockFault(lock, catalogue)).toMatch(/has changed: write it down/);
      expect(lockFault(lockOf(catalogue), catalogue)).toBe("");
    }
    expect(lockFault(lockOf(changed(first, 2)), sharingCatalogue)).toMatch(/older/);
  });
});

function field(name: string, words: readonly string[]): SharingField {
  const treatment = { kind: "one-of", values: words } as const;
  return { name, title: name, unit: "", treatment, reason: "it is a test" };
}

function made(
  fields: readonly SharingField[],
  more: Partial<SharingQuestion> = {},
): SharingQuestion {
  return {
    id: "made.up",
    title: "Made up",
    asks: "?",
    reason: "it is a test",
    owner: "nobody",
    review: "",
    expires: "2028-12-31",
    periodDays: 28,
    cadence: "every-period",
    reportsMax: 2,
    fields,
    sentence: "",
    ...more,
  };
}
