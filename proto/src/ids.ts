// Every identity in Tidemark: 80 random bits in lower-case base32, so that an id is a safe NATS subject token,
// file name and URL segment, and says nothing about the host it names.
import { Type } from "typebox";

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/** An enrolled agent. Made by the hub; never a host name. */
export type AgentId = Id<"agent">;
/** One load-test run. */
export type RunId = Id<"run">;
/** One life of an agent's outbox: sequence numbers restart with it. */
export type BootId = Id<"boot">;

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
const idPattern = /^[a-z2-7]{16}$/;

/** JSON schema of any id: 16 characters of RFC 4648 base32 in lower case. */
export const IdSchema = Type.String({ pattern: idPattern.source, minLength: 16, maxLength: 16 });

/** Ten random bytes → an id. The caller brings the randomness (`crypto.getRandomValues`). */
export function idFromBytes<T extends AgentId | RunId | BootId>(bytes: Uint8Array): T {
  if (bytes.length !== 10) throw new RangeError(`an id is made of 10 bytes, not ${bytes.length}`);
  let id = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      id += alphabet[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return id as T;
}

/** A fresh id from the platform's cryptographic randomness. */
export function newId<T extends AgentId | RunId | BootId>(): T {
  return idFromBytes<T>(globalThis.crypto.getRandomValues(new Uint8Array(10)));
}

export function isAgentId(text: string): text is AgentId {
  return idPattern.test(text);
}

export function isRunId(text: string): text is RunId {
  return idPattern.test(text);
}

export function isBootId(text: string): text is BootId {
  return idPattern.test(text);
}
