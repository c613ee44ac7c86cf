// A report's body, both ways: the sender seals it, the receiver opens it. The format is proto's `report.ts`.
import { isUtf8 } from "node:buffer";
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { reportBodyBytes, reportTextBytesMax } from "@tidemark/proto";

/** What DER puts before the 32 bytes of an Ed25519 key (RFC 8410): of a private one and of a public one. */
const privatePrefix = Buffer.from("302e020100300506032b657004220420", "hex");
const publicPrefix = Buffer.from("302a300506032b6570032100", "hex");

/** What a body brings: a report, or the request to delete one. */
export type BodyKind = "report" | "delete";

/** A key that signs one report and its deletion. */
export interface ReportKey {
  readonly privateKey: KeyObject;
  /** 43 characters base64url. */
  readonly publicKey: string;
}

/** The Ed25519 key of a 32-byte seed. */
export function reportKey(seed: Uint8Array): ReportKey {
  const privateKey = createPrivateKey({
    key: Buffer.concat([privatePrefix, seed]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: spki.subarray(publicPrefix.length).toString("base64url") };
}

/** SHA-256 of a text's UTF-8 bytes, hex. */
export const textSha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The body of a text: `reportBodyBytes` long. Throws when the text is longer than `reportTextBytesMax` bytes. */
export function seal(text: string, { privateKey, publicKey }: ReportKey): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > reportTextBytesMax)
    throw new RangeError(
      `a report has ${bytes.length} bytes of text, at most ${reportTextBytesMax} fit`,
    );
  const signature = sign(null, bytes, privateKey).toString("base64url");
  const body = Buffer.alloc(reportBodyBytes, " ");
  body.write(`${publicKey}.${signature}\n`, "latin1");
  bytes.copy(body, headBytes);
  return body;
}

const headBytes = reportBodyBytes - reportTextBytesMax;

export interface Opened {
  /** 43 characters base64url. */
  readonly publicKey: string;
  readonly text: string;
}

const head = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{86})\n$/;
const space = 0x20;

/**
 * A body's key and text, its signature checked, or why not. Looks at the size before anything else. The signature is checked on a thread
 * of libuv's pool: it costs more than all the rest of taking a report.
 */
export async function open(body: Uint8Array): Promise<Opened | "size" | "form" | "signature"> {
  const parts = partsOf(body);
  if (typeof parts === "string") return parts;
  const { publicKey, text, bytes, key, signature } = parts;
  const holds = await new Promise<boolean>((resolve, reject) => {
    verify(null, bytes, key, signature, (error, result) => {
      if (error === null) resolve(result);
      else reject(error);
    });
  });
  return holds ? { publicKey, text } : "signature";
}

/** What a receiver signs to say that it has taken the report of this text, or the request to delete it. `sha256`: of the text, hex. */
export const receiptStatement = (kind: BodyKind, sha256: string): Buffer =>
  Buffer.from(`tidemark receipt ${kind} ${sha256}`);

interface Parts extends Opened {
  readonly bytes: Buffer;
  readonly key: KeyObject;
  readonly signature: Buffer;
}

function partsOf(body: Uint8Array): Parts | "size" | "form" {
  if (body.length !== reportBodyBytes) return "size";
  const whole = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const [, publicKey, signature] = head.exec(whole.toString("latin1", 0, headBytes)) ?? [];
  if (publicKey === undefined || signature === undefined) return "form";
  let end = reportBodyBytes;
  while (end > headBytes && whole[end - 1] === space) end -= 1;
  const bytes = whole.subarray(headBytes, end);
  // UTF-8 that is none would read as another text than the one that was signed.
  if (!isUtf8(bytes)) return "form";
  const raw = Buffer.from(publicKey, "base64url");
  const rawSignature = Buffer.from(signature, "base64url");
  // One key, one spelling: base64url has several for the same bytes, and each would count as another key; the signature likewise.
  if (raw.toString("base64url") !== publicKey) return "form";
  if (rawSignature.toString("base64url") !== signature) return "form";
  const key = createPublicKey({
    key: Buffer.concat([publicPrefix, raw]),
    format: "der",
    type: "spki",
  });
  return { publicKey, text: bytes.toString("utf8"), bytes, key, signature: rawSignature };
}
