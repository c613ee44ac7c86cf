// One key for each report, made from one secret that never leaves: whoever holds two reports cannot tell that one operator signed both,
// and nobody else can ask for one of them to be deleted.
import { hkdfSync, randomBytes } from "node:crypto";
import { type Bucket, RevisionConflict } from "../state/bucket.ts";
import { type ReportKey, reportKey } from "./envelope.ts";

/** Which report: `n`th of the question's reports of that period. None of it stands in the report but the question and the period. */
export interface ReportPlace {
  /** Hash of the catalogue it was frozen under, hex. */
  readonly catalogueSha256: string;
  readonly question: string;
  readonly period: number;
  readonly n: number;
}

const masterKey = "master";
const masterBytes = 32;

/** The hub's secret, made at its first use and kept in the broker's bucket. Throws when what is kept there is none. */
export async function masterSecret(bucket: Pick<Bucket, "get" | "put">): Promise<Uint8Array> {
  const held = await bucket.get(masterKey);
  if (held !== undefined) return checked(held.value);
  const made = randomBytes(masterBytes);
  try {
    await bucket.put(masterKey, made, 0);
    return made;
  } catch (cause) {
    if (!(cause instanceof RevisionConflict)) throw cause;
    // Another hub was quicker: its secret is the secret.
    const theirs = await bucket.get(masterKey);
    if (theirs === undefined) throw cause;
    return checked(theirs.value);
  }
}

/** HKDF-SHA256 (RFC 5869): the same secret and place, the same key, before and after a crash. */
export function keyOf(master: Uint8Array, place: ReportPlace): ReportKey {
  const { catalogueSha256, question, period, n } = place;
  const salt = Buffer.from(catalogueSha256, "hex");
  const seed = hkdfSync("sha256", master, salt, `${question}|${period}|${n}`, 32);
  return reportKey(new Uint8Array(seed));
}

function checked(secret: Uint8Array): Uint8Array {
  if (secret.length !== masterBytes)
    throw new Error(
      `the sharing's secret in the bucket has ${secret.length} bytes instead of ${masterBytes}: restore the bucket`,
    );
  return secret;
}
