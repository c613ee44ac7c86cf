// The catalogues whose reports are taken: this program's own, and earlier or later ones from files, so that a new catalogue cuts nobody
// off who still answers the one before.
import { readFileSync, statSync } from "node:fs";
import {
  type SharingCatalogue,
  jsonParser,
  periodDays,
  sharingCatalogue,
  strict,
  text,
} from "@tidemark/proto";
import { Type } from "typebox";
import { ConfigInvalid } from "../errors.ts";
import { receiveLimits } from "./limits.ts";

const word = text(64);
const edge = Type.Number({ minimum: -1e9, maximum: 1e9 });
const positive = Type.Number({ exclusiveMinimum: 0, maximum: 1e9 });

const Treatment = Type.Union([
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

// Further fields of a catalogue are none of the receiver's business: they do not change what a report can say.
const Catalogue = Type.Object({
  version: Type.Integer({ minimum: 1, maximum: 65_535 }),
  questions: Type.Array(
    Type.Object({
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
          treatment: Treatment,
          reason: text(512),
        }),
        { minItems: 1, maxItems: 16 },
      ),
      sentence: text(512),
    }),
    { maxItems: 200 },
  ),
});
const parseCatalogue = jsonParser(Catalogue, "catalogue");

/** The newest first. Throws ConfigInvalid with every file that cannot be used, or that repeats a version. */
export function knownCatalogues(files: readonly string[]): readonly SharingCatalogue[] {
  const known: SharingCatalogue[] = [sharingCatalogue];
  const problems: string[] = [];
  for (const file of files) {
    try {
      if (statSync(file).size > receiveLimits.catalogueBytesMax)
        throw new Error(`it is larger than ${receiveLimits.catalogueBytesMax} bytes`);
      const catalogue: SharingCatalogue = parseCatalogue(readFileSync(file));
      if (known.some(({ version }) => version === catalogue.version))
        problems.push(`${file}: version ${catalogue.version} is known already`);
      else known.push(catalogue);
    } catch (cause) {
      problems.push(`${file}: ${cause instanceof Error ? cause.message : "cannot be read"}`);
    }
  }
  if (problems.length > 0) throw new ConfigInvalid(problems);
  return known.toSorted((a, b) => b.version - a.version);
}
