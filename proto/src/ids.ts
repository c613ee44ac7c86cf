// Every identity in Tidemark: 80 random bits in lower-case base32, so that an id is a safe NATS subject token,
// file name and URL segment, and says nothing about the host it names.
import { Type } from "typebox";

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/** An enrolled agent. Made by the hub; never a host name. */
export type AgentId = Id<"agent">;
/** One load-test run. */
export type RunId = Id<"run">;
/** A kept load test. */
export type ProfileId = Id<"profile">;
/** Runs of one profile, carried out one after the other. */
export type CampaignId = Id<"campaign">;
/** When a profile runs by itself. */
export type ScheduleId = Id<"schedule">;
/** Where another program is told of verdicts. */
export type WebhookId = Id<"webhook">;
/** One life of an agent's outbox: sequence numbers restart with it. */
export type BootId = Id<"boot">;

type AnyId = AgentId | RunId | ProfileId | CampaignId | ScheduleId | WebhookId | BootId;

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
const idPattern = /^[a-z2-7]{16}$/;

/** JSON schema of any id: 16 characters of RFC 4648 base32 in lower case. */
export const IdSchema = Type.String({ pattern: idPattern.source, minLength: 16, maxLength: 16 });

/** Ten random bytes → an id. The caller brings the randomness (`crypto.getRandomValues`). */
export function idFromBytes<T extends AnyId>(bytes: Uint8Array): T {
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
export function newId<T extends AnyId>(): T {
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

export function isProfileId(text: string): text is ProfileId {
  return idPattern.test(text);
}

export function isCampaignId(text: string): text is CampaignId {
  return idPattern.test(text);
}

export function isScheduleId(text: string): text is ScheduleId {
  return idPattern.test(text);
}

export function isWebhookId(text: string): text is WebhookId {
  return idPattern.test(text);
}
