// One record to its stream: a request whose reply is JetStream's acknowledgement, under the id that makes a second copy a
// duplicate. Needs no JetStream API rights. Every way it can end is a value.
import {
  type NatsConnection,
  InvalidArgumentError,
  PermissionViolationError,
  RequestError,
  headers,
} from "@nats-io/transport-node";
import { type AgentId, messageId } from "@tidemark/proto";
import type { OutboxRecord } from "../outbox/outbox.ts";
import { subjectOf } from "./topic.ts";

export type Outcome =
  /** The stream has it, now or from an earlier copy. */
  | { readonly kind: "acked"; readonly duplicate: boolean }
  /** The stream answered no, as when it is full: keep the record and come back later. */
  | { readonly kind: "refused"; readonly reason: string }
  /** No answer: nobody knows whether the stream has it. */
  | { readonly kind: "unanswered"; readonly reason: string }
  /** No stream will ever take it: too large, or of no subject. */
  | { readonly kind: "unsendable"; readonly reason: string };

/** JetStream's "message size exceeds maximum allowed": trying again cannot help. */
const tooLargeForStream = 10054;

/** Publishes `record` and waits up to `timeoutMs` for the acknowledgement. */
export async function publishRecord(
  connection: NatsConnection,
  agent: AgentId,
  record: OutboxRecord,
  timeoutMs: number,
): Promise<Outcome> {
  const subject = subjectOf(agent, record.topic);
  if (subject === undefined)
    return { kind: "unsendable", reason: `no subject for ${record.topic}` };
  const withId = headers();
  withId.set("Nats-Msg-Id", messageId(agent, record.boot, record.seq));
  try {
    const reply = await connection.request(subject, record.body, {
      timeout: timeoutMs,
      headers: withId,
    });
    return readAcknowledgement(reply.data);
  } catch (cause) {
    return failureOf(cause);
  }
}

/** JetStream's PubAck. Narrowed by hand: it is on the hot path, and a schema library would outweigh the shipper. */
export function readAcknowledgement(bytes: Uint8Array): Outcome {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return { kind: "unanswered", reason: "the reply is no JetStream acknowledgement" };
  }
  if (typeof value !== "object" || value === null)
    return { kind: "unanswered", reason: "the reply is no JetStream acknowledgement" };
  if ("error" in value) return refusalOf(value.error);
  if (!("stream" in value && "seq" in value && typeof value.seq === "number"))
    return { kind: "unanswered", reason: "the reply is no JetStream acknowledgement" };
  return { kind: "acked", duplicate: "duplicate" in value && value.duplicate === true };
}

function refusalOf(error: unknown): Outcome {
  if (typeof error !== "object" || error === null) return { kind: "refused", reason: "no reason" };
  const code = "err_code" in error ? error.err_code : undefined;
  const text = "description" in error ? String(error.description) : "no description";
  const reason = `${text} (${String(code)})`;
  return { kind: code === tooLargeForStream ? "unsendable" : "refused", reason };
}

// The client wraps what the broker said in RequestError, sometimes twice.
function failureOf(cause: unknown): Outcome {
  let inner = cause;
  while (inner instanceof RequestError && inner.cause !== undefined) inner = inner.cause;
  const reason = inner instanceof Error ? inner.message : String(inner);
  if (inner instanceof InvalidArgumentError) return { kind: "unsendable", reason };
  if (inner instanceof PermissionViolationError) return { kind: "refused", reason };
  return { kind: "unanswered", reason };
}
