// Which agents' keys are void. Written to disk before the broker is told, and told again whenever it starts, so that a revoked
// key stays out over every restart and over the loss of the broker's own files.
import { join } from "node:path";
import { jsonParser } from "@tidemark/proto";
import { type Static, Type } from "typebox";
import { type Revocations, claimLimits, revokedForEver } from "./claims.ts";
import { replaceFile } from "./durable-file.ts";
import { BrokerFailed } from "./errors.ts";
import { readPrivate } from "./keys.ts";

/** 8,000 keys make an account JWT of some 750 kB; the broker takes messages of 1 MiB. */
export const revokedKeysMax = 8_000;

const publicKey = "^U[A-Z2-7]{55}$";
const RevocationFile = Type.Object(
  {
    version: Type.Literal(1),
    /** Public key → when it was revoked, Unix milliseconds. */
    keys: Type.Record(Type.String({ pattern: publicKey }), Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);
const parseRevocationFile = jsonParser(RevocationFile, "revocation file");

export interface RevocationList {
  has(publicKey: string): boolean;
  /** What the account JWT says. */
  claims(): Revocations;
  /** Durable when it resolves. Throws BrokerFailed `revoked` when the list is full. */
  add(publicKey: string, nowMs: number): Promise<void>;
}

/** The list kept in `directory`; an entry is dropped once every JWT its key can have been given has expired. */
export async function openRevocations(directory: string, nowMs: number): Promise<RevocationList> {
  const path = join(directory, "revocations.json");
  const bytes = await readPrivate(path);
  const stored: Static<typeof RevocationFile>["keys"] =
    bytes === undefined ? {} : parseRevocationFile(bytes).keys;
  const keys = new Map(Object.entries(stored).filter(([, revokedMs]) => matters(revokedMs, nowMs)));
  let writing: Promise<void> = Promise.resolve();

  return {
    has: (key) => keys.has(key),
    claims: () => Object.fromEntries(Array.from(keys.keys(), (key) => [key, revokedForEver])),
    async add(key, atMs) {
      if (keys.has(key)) return writing;
      for (const [old, revokedMs] of keys) if (!matters(revokedMs, atMs)) keys.delete(old);
      if (keys.size >= revokedKeysMax)
        throw new BrokerFailed(
          "revoked",
          `${revokedKeysMax} keys are revoked already and their credentials have not expired yet: enrol the fleet anew with new keys`,
        );
      keys.set(key, atMs);
      // One write after the other, each with all that is known by then, whether or not the one before succeeded.
      writing = writing.then(write, write);
      await writing;
    },
  };

  function write(): Promise<void> {
    const file: Static<typeof RevocationFile> = { version: 1, keys: Object.fromEntries(keys) };
    return replaceFile(path, `${JSON.stringify(file)}\n`);
  }
}

const marginMs = 86_400_000;

function matters(revokedMs: number, nowMs: number): boolean {
  return nowMs - revokedMs < claimLimits.agentSeconds * 1_000 + marginMs;
}
