// Whether a task really comes from the hub, is meant for this agent, and is meant now. Loaded with the first task: the schemas
// it needs would be a tenth of an idle agent's memory.
import { type KeyObject, createPublicKey, verify } from "node:crypto";
import {
  type AgentId,
  MessageRejected,
  type RefusalCode,
  type SignedTask,
  parseSignedTask,
  parseTaskEnvelope,
} from "@tidemark/proto";
import type { Nonces } from "./nonces.ts";

export interface VerifyContext {
  readonly agent: AgentId;
  /** The hub's ed25519 public key: raw 32 bytes, base64. */
  readonly taskKey: string;
  /** The hub's time, and how wrong it may be. */
  readonly nowMs: number;
  readonly toleranceMs: number;
  readonly nonces: Nonces;
}

export type Verdict =
  | { readonly kind: "accepted"; readonly signed: SignedTask }
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly reason: string };

/** A task is valid this long at most, so that its nonce need not be remembered longer. */
const lifetimeMsMax = 600_000;

/** Checks the signature before it looks at what was signed. */
export function verifyTask(message: Uint8Array, context: VerifyContext): Verdict {
  try {
    const envelope = parseTaskEnvelope(message);
    const payload = bytesOf(envelope.payload);
    const signature = bytesOf(envelope.signature);
    if (payload === undefined || signature === undefined)
      return refused("malformed", "the envelope is not in canonical base64");
    if (!verify(null, payload, keyOf(context.taskKey), signature))
      return refused("bad-signature", "the signature is not the hub's");
    return judge(parseSignedTask(payload), context);
  } catch (cause) {
    if (cause instanceof MessageRejected) return refused("malformed", cause.message);
    throw cause;
  }
}

function judge(signed: SignedTask, context: VerifyContext): Verdict {
  const { nowMs, toleranceMs } = context;
  const { nonce, notBeforeMs, expiresMs, task } = signed;
  if (signed.agent !== context.agent)
    return refused("wrong-agent", `the task is for agent ${signed.agent}`);
  if (expiresMs - notBeforeMs > lifetimeMsMax)
    return refused("malformed", `a task valid for more than ${lifetimeMsMax} ms`);
  if (nowMs < notBeforeMs - toleranceMs)
    return refused("not-yet-valid", `valid in ${notBeforeMs - nowMs} ms`);
  if (nowMs > expiresMs + toleranceMs)
    return refused("expired", `expired ${nowMs - expiresMs} ms ago`);
  const keep = task.kind === "run" ? "lasting" : "until-expiry";
  const use = context.nonces.use(nonce, expiresMs + toleranceMs, nowMs, keep);
  switch (use) {
    case "fresh":
      return { kind: "accepted", signed };
    case "used":
      return refused("replayed", "the task was carried out before");
    case "full":
      return refused("busy", "too many tasks are valid at once");
    case "unwritten":
      return refused("failed", "the task could not be recorded on this host's disk");
  }
}

function refused(code: RefusalCode, reason: string): Verdict {
  return { kind: "refused", code, reason: reason.slice(0, 512) };
}

/** One text for the same bytes: Node's decoder takes many, and an envelope that was altered on its way is none of the hub's. */
function bytesOf(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, "base64");
  return bytes.toString("base64") === base64 ? bytes : undefined;
}

function keyOf(base64: string): KeyObject {
  const x = Buffer.from(base64, "base64").toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
}
