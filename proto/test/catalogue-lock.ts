// What the catalogue can say, written down beside it: no change of it goes unseen, and none says more without a version of its own.
//
//   node proto/test/catalogue-lock.ts      writes proto/src/sharing/catalogue.lock.json anew
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { Type, type Static } from "typebox";
import { parser } from "../src/parse.ts";
import { canonicalJson } from "../src/sharing/canonical.ts";
import { type SharingCatalogue, bitsOf, vocabularyOf } from "../src/sharing/catalogue.ts";
import { sharingCatalogue } from "../src/sharing/questions.ts";

export const CatalogueLock = Type.Object(
  {
    version: Type.Integer({ minimum: 1 }),
    /** Of the catalogue's canonical JSON, hex. */
    sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
    /** By question, to a thousandth. */
    bits: Type.Record(Type.String(), Type.Number()),
    /** Every string that can leave, sorted. */
    vocabulary: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);
export type CatalogueLock = Static<typeof CatalogueLock>;

const file = new URL("../src/sharing/catalogue.lock.json", import.meta.url);
const again = "write it down with: node proto/test/catalogue-lock.ts";
const parseLock = parser(CatalogueLock, "catalogue.lock.json");

export function lockOf(catalogue: SharingCatalogue): CatalogueLock {
  return {
    version: catalogue.version,
    sha256: createHash("sha256").update(canonicalJson(catalogue)).digest("hex"),
    bits: Object.fromEntries(
      catalogue.questions.map((question) => [
        question.id,
        Math.round(bitsOf(question) * 1_000) / 1_000,
      ]),
    ),
    vocabulary: [...vocabularyOf(catalogue)],
  };
}

/** Throws when there is none, or when it is none. */
export const readLock = (): CatalogueLock => parseLock(JSON.parse(readFileSync(file, "utf8")));

/** Why the catalogue may not stand beside the lock; empty when it may. One of another version may say anything. */
export function lockFault(lock: CatalogueLock, catalogue: SharingCatalogue): string {
  const now = lockOf(catalogue);
  if (now.version < lock.version) return `version ${now.version} is older than ${lock.version}`;
  const grown = now.version === lock.version ? growth(lock, now) : [];
  if (grown.length > 0)
    return `the catalogue says more than its version ${now.version} (${grown.join(", ")}): give it version ${now.version + 1}, then ${again}`;
  return canonicalJson(now) === canonicalJson(lock) ? "" : `the catalogue has changed: ${again}`;
}

function growth(lock: CatalogueLock, now: CatalogueLock): readonly string[] {
  const known = new Set(lock.vocabulary);
  const words = now.vocabulary.filter((word) => !known.has(word));
  const bits = Object.entries(now.bits).filter(([id, count]) => count > (lock.bits[id] ?? 0));
  return [
    ...(words.length > 0 ? [`${words.length} new words, ${words[0]} for one`] : []),
    ...bits.map(([id, count]) => `${id} has ${count} bits instead of ${lock.bits[id] ?? 0}`),
  ];
}

if (import.meta.main) {
  let before: CatalogueLock | undefined;
  try {
    before = readLock();
  } catch {
    // The first one, or one that is broken: there is nothing to hold the catalogue to.
  }
  const grown =
    before?.version === sharingCatalogue.version ? growth(before, lockOf(sharingCatalogue)) : [];
  if (before !== undefined && grown.length > 0) {
    process.stderr.write(`${lockFault(before, sharingCatalogue)}\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, `${JSON.stringify(lockOf(sharingCatalogue), null, 2)}\n`);
  }
}
