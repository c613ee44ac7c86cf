// Tasks to agents: signed, asked and answered at once, never queued for an absent agent. The signing key is made at the first
// start and kept in the broker's bucket; agents learn its public half when they enrol.
import {
  type KeyObject,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
} from "node:crypto";
import { type NatsConnection, RequestError, TimeoutError } from "@nats-io/transport-node";
import {
  type AgentId,
  MessageRejected,
  type Task,
  type TaskReply,
  encodeJson,
  parseTaskReply,
  replySubject,
  tasksSubject,
} from "@tidemark/proto";
import { RevisionConflict } from "../state/bucket.ts";

export type Delivery =
  | { readonly kind: "answered"; readonly reply: TaskReply }
  /** Nobody listened, or no answer came in time; a task that did arrive may still be carried out. */
  | { readonly kind: "offline" };

export interface Dispatcher {
  send(agent: AgentId, task: Task, options?: { readonly timeoutMs?: number }): Promise<Delivery>;
}

export interface OpenDispatcher extends Dispatcher {
  /** Raw 32 bytes of the ed25519 public key, base64. */
  readonly publicKey: string;
  stop(): Promise<void>;
}

/** The part of state/bucket.ts that the key needs. */
export interface KeyBucket {
  get(key: string): Promise<{ value: Uint8Array; revision: number } | undefined>;
  put(key: string, value: Uint8Array, revision?: number): Promise<number>;
}

const keyName = "task-signing-key";
const answerTimeoutMs = 5_000;
/** How long a task may be carried out: the agent adds what its clock may be wrong by. */
const lifetimeMs = 15_000;
const nonceBytes = 18;

export async function openDispatcher(deps: {
  readonly connection: NatsConnection;
  readonly bucket: KeyBucket;
  readonly now: () => number;
}): Promise<OpenDispatcher> {
  const { connection, now } = deps;
  const key = await signingKey(deps.bucket);
  return {
    publicKey: rawPublicKey(key),
    async send(agent, task, { timeoutMs = answerTimeoutMs } = {}) {
      const nonce = randomBytes(nonceBytes).toString("base64url");
      const nowMs = now();
      const payload = encodeJson({
        agent,
        nonce,
        notBeforeMs: nowMs,
        expiresMs: nowMs + lifetimeMs,
        task,
      });
      const envelope = encodeJson({
        payload: Buffer.from(payload).toString("base64"),
        signature: sign(null, payload, key).toString("base64"),
      });
      try {
        const answer = await connection.request(tasksSubject(agent, task.kind), envelope, {
          timeout: timeoutMs,
          noMux: true,
          reply: replySubject(agent, nonce),
        });
        return { kind: "answered", reply: parseTaskReply(answer.data) };
      } catch (cause) {
        // An answer that no agent of ours gives counts as none.
        if (isUnanswered(cause) || cause instanceof MessageRejected) return { kind: "offline" };
        throw cause;
      }
    },
    // Requests end by their own timeout; the connection belongs to the broker.
    stop: async () => undefined,
  };
}

function isUnanswered(cause: unknown): boolean {
  if (cause instanceof TimeoutError) return true;
  return (
    cause instanceof RequestError && (cause.isNoResponders() || cause.cause instanceof TimeoutError)
  );
}

async function signingKey(bucket: KeyBucket): Promise<KeyObject> {
  const held = await bucket.get(keyName);
  if (held !== undefined) return readKey(held.value);
  const { privateKey } = generateKeyPairSync("ed25519");
  const der = privateKey.export({ format: "der", type: "pkcs8" });
  try {
    await bucket.put(keyName, der, 0);
    return privateKey;
  } catch (cause) {
    if (!(cause instanceof RevisionConflict)) throw cause;
    // Another hub was quicker: its key is the key.
    const theirs = await bucket.get(keyName);
    if (theirs === undefined) throw cause;
    return readKey(theirs.value);
  }
}

function readKey(der: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
}

function rawPublicKey(key: KeyObject): string {
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  return Buffer.from(x, "base64url").toString("base64");
}
