// A catalogue as it is read: from the file of another version, and out of what was agreed to. Further fields are nobody's business: they
// do not change what a report can say.
import { Type } from "typebox";
import { strict, text } from "../api/common.ts";
import { periodDays } from "./period.ts";

const word = text(64);
const edge = Type.Number({ minimum: -1e9, maximum: 1e9 });
const positive = Type.Number({ exclusiveMinimum: 0, maximum: 1e9 });

const TreatmentSchema = Type.Union([
  Type.Object(
    { kind: Type.Literal("bands"), edges: Type.Array(edge, { minItems: 1, maxItems: 64 }) },
    strict,
  ),
  Type.Object({ kind: Type.Literal("log2"), cap: positive }, strict),
  Type.Object({ kind: Type.Literal("125"), low: positive, high: positive }, strict),
  Type.Object(
    {
      kind: Type.Literal("ratio"),
      ratio: Type.Union([Type.Literal("sqrt2"), Type.Literal(2), Type.Literal(4)]),
      low: positive,
      high: positive,
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal("percent"), step: positive, low: edge, high: edge }, strict),
  Type.Object(
    { kind: Type.Literal("one-of"), values: Type.Array(word, { maxItems: 1_000 }) },
    strict,
  ),
]);

export const SharingQuestionSchema = Type.Object({
  id: word,
  title: text(128),
  asks: text(512),
  reason: text(512),
  owner: text(128),
  review: text(256),
  expires: text(10),
  periodDays: Type.Union(periodDays.map((days) => Type.Literal(days))),
  cadence: Type.Enum(["every-period", "once"]),
  reportsMax: Type.Integer({ minimum: 1, maximum: 1_000 }),
  fields: Type.Array(
    Type.Object({
      name: word,
      title: text(128),
      unit: word,
      treatment: TreatmentSchema,
      reason: text(512),
    }),
    { minItems: 1, maxItems: 16 },
  ),
  sentence: text(512),
});

export const SharingCatalogueSchema = Type.Object({
  version: Type.Integer({ minimum: 1, maximum: 65_535 }),
  questions: Type.Array(SharingQuestionSchema, { maxItems: 200 }),
});
