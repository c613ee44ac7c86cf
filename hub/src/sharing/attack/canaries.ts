// Secrets planted in every input, and the search for them in whatever leaves: as they are, spelt otherwise, hashed, or in pieces.
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** A text that stands nowhere else. */
export interface Canary {
  /** Where it was planted. */
  readonly planted: string;
  readonly secret: string;
}

export interface Leak {
  readonly planted: string;
  /** In which form it was found: `raw`, `base64`, `sha256`, `6-gram` … */
  readonly form: string;
  readonly found: string;
}

export interface CanarySearch {
  /** Everything found in a text or in bytes, which are read as Latin-1 and as UTF-8. */
  (where: string | Uint8Array): readonly Leak[];
}

/** Pieces of this many characters are looked for, whatever their case. */
const pieceLength = 6;
/** A shorter secret has no form that could not be there by chance. */
const secretLengthMin = 8;

/**
 * `allowed`: all that may be said, such as the vocabulary and the names of headers; pieces of secrets that are also pieces of these are
 * no leak. Throws RangeError for a secret of fewer than eight characters.
 */
export function canarySearch(
  canaries: readonly Canary[],
  allowed: readonly string[],
): CanarySearch {
  const said = new Set(allowed.flatMap((text) => piecesOf(fold(text))));
  const forms = canaries.flatMap(formsOf);
  const pieces = new Map<string, string>();
  for (const { planted, secret } of canaries)
    for (const piece of piecesOf(fold(secret))) if (!said.has(piece)) pieces.set(piece, planted);
  return (where) => {
    const texts = typeof where === "string" ? [where] : readings(where);
    const leaks = new Map<string, Leak>();
    const add = (leak: Leak) => leaks.set(`${leak.planted} ${leak.form} ${leak.found}`, leak);
    for (const text of texts) {
      const folded = fold(text);
      for (const { planted, form, needle, isExact } of forms)
        if ((isExact ? text : folded).includes(needle)) add({ planted, form, found: needle });
      for (const piece of piecesOf(folded)) {
        const planted = pieces.get(piece);
        if (planted !== undefined) add({ planted, form: "6-gram", found: piece });
      }
    }
    return [...leaks.values()];
  };
}

interface Form {
  readonly planted: string;
  readonly form: string;
  /** Folded unless its case matters. */
  readonly needle: string;
  readonly isExact: boolean;
}

function formsOf({ planted, secret }: Canary): readonly Form[] {
  if (secret.length < secretLengthMin)
    throw new RangeError(
      `the canary in ${planted} has ${secret.length} characters, it takes ${secretLengthMin}`,
    );
  const spellings = [...new Set([secret, secret.toLowerCase(), secret.toUpperCase()])];
  const folded = (form: string, text: string): Form => {
    return { planted, form, needle: fold(text), isExact: false };
  };
  const exact = (form: string, text: string): Form => {
    return { planted, form, needle: text, isExact: true };
  };
  return [
    folded("raw", secret),
    folded("json", JSON.stringify(secret).slice(1, -1)),
    folded("reversed", Array.from(secret).toReversed().join("")),
    folded("percent", encodeURIComponent(secret)),
    folded("percent", Buffer.from(secret).toString("hex").replaceAll(/../g, "%$&")),
    folded("hex", Buffer.from(secret).toString("hex")),
    ...spellings.flatMap((text) => base64Cores(text).map((core) => exact("base64", core))),
    ...spellings.flatMap((text) =>
      base64Cores(text).map((core) => exact("base64url", toUrl(core))),
    ),
    ...spellings.flatMap((text) => [
      ...["md5", "sha1", "sha256"].flatMap((name) => {
        const digest = createHash(name).update(text).digest();
        return [
          folded(name, digest.toString("hex")),
          exact(name, digest.toString("base64").replace(/=+$/, "")),
          exact(name, digest.toString("base64url")),
        ];
      }),
      folded("crc32", crc32(text).toString(16).padStart(8, "0")),
      folded("crc32", String(crc32(text))),
    ]),
    ...numbersOf(secret).map((text) => folded("number", text)),
  ];
}

/** What of a text's base64 stays the same wherever in a longer text it stands: one for each of the three alignments. */
function base64Cores(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    // Characters made of the bytes before, and of those after, differ with them.
    const first = Math.ceil((shift * 8) / 6);
    const last = Math.floor(((shift + bytes.length) * 8) / 6);
    return encoded.slice(first, last);
  });
}

const toUrl = (base64: string) => base64.replaceAll("+", "-").replaceAll("/", "_");

/** An IPv4 address as one number, which is a notation of it as well. */
function numbersOf(secret: string): string[] {
  const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/\d+)?$/.exec(secret)?.slice(1, 5);
  if (bytes === undefined) return [];
  const number = bytes.reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return [String(number), number.toString(16).padStart(8, "0")];
}

const fold = (text: string) => text.toLowerCase();

function piecesOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - pieceLength + 1) }, (_, at) =>
    text.slice(at, at + pieceLength),
  );
}

function readings(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const latin1 = buffer.toString("latin1");
  const utf8 = buffer.toString("utf8");
  return latin1 === utf8 ? [latin1] : [latin1, utf8];
}
