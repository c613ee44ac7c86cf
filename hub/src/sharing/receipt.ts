// A receiver's answer: the receipt of what it took, or why it refused. It comes from outside: bounded before, checked here. Pure.
import { type KeyObject, createPublicKey, verify } from "node:crypto";
import { parser, reportRefusals, sharingLimits } from "@tidemark/proto";
import { Type } from "typebox";
import type { Outcome } from "./batch.ts";
import { type BodyKind, receiptStatement, textSha256 } from "./envelope.ts";

/** The key that signs a receiver's receipts. `text`: 32 bytes, base64url. Throws when it is none. */
export function receiverKeyOf(text: string): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: text }, format: "jwk" });
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const parseReceipt = parser(
  Type.Object({ receipt: Type.String({ maxLength: sharingLimits.receiptLengthMax }) }),
  "receipt",
);
const parseRefusal = parser(Type.Object({ refused: Type.Enum([...reportRefusals]) }), "refusal");

/** What an answer to `text` means. Without a key any 200 counts; with one, only its signature over exactly this text. */
export function judged(
  answer: Answer,
  sent: { readonly kind: BodyKind; readonly text: string },
  key: KeyObject | undefined,
): Outcome {
  const { status, body } = answer;
  if (status === 200) {
    const receipt = read(() => parseReceipt(JSON.parse(body)).receipt) ?? "";
    if (key === undefined || isSigned(receipt, sent, key))
      return { kind: "received", status, receipt: isReceipt.test(receipt) ? receipt : "" };
    const said = receipt === "" ? "no receipt" : "the receipt is not the receiver's, or of another";
    return { kind: "failed", status, said };
  }
  // Only the receiver's own words are final: a proxy's 403 or a portal's 404 says nothing of the report.
  const reason = read(() => parseRefusal(JSON.parse(body)).refused);
  if (status >= 400 && status < 500 && reason !== undefined && reason !== "rate")
    return { kind: "refused", status, reason, said: `${status}: ${reason}` };
  const said = status >= 300 && status < 400 ? ": redirects are not followed" : "";
  return { kind: "failed", status, said: `${status}${said}` };
}

const isReceipt = /^[0-9a-f]{64}\.[A-Za-z0-9_-]{86}$/;

function isSigned(
  receipt: string,
  { kind, text }: { readonly kind: BodyKind; readonly text: string },
  key: KeyObject,
): boolean {
  const sha256 = textSha256(text);
  if (!isReceipt.test(receipt) || !receipt.startsWith(`${sha256}.`)) return false;
  const signature = Buffer.from(receipt.slice(sha256.length + 1), "base64url");
  return verify(null, receiptStatement(kind, sha256), key, signature);
}

/** Undefined for what cannot be read: a stranger's answer may be anything. */
function read<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
