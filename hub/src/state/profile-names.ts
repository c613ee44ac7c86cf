// Names of profiles, of which no two are the same in whatever case. A name is claimed by one write that only one hub can win; the
// claim holds while a profile that is not archived has the name, and for a moment before it has it.
import type { NatsConnection } from "@nats-io/transport-node";
import { jsonParser } from "@tidemark/proto";
import { type Static, Type } from "typebox";
import { RevisionConflict, openBucket } from "./bucket.ts";
import { unfinishedMs } from "./profile-revisions.ts";

export interface ProfileNames {
  /** False when another profile has it. */
  claim(name: string, profile: string): Promise<boolean>;
  /**
   * Asked before a profile gives its name up; what it answers with is called afterwards. Without it the name is free too, but not at
   * once. A claim made in between stands.
   */
  release(name: string, profile: string): Promise<() => Promise<void>>;
}

/** Names that mean the same have the same key. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();
}

/** `holds`: whether the profile goes by the name of this key now, as the broker knows it. */
export async function openProfileNames(
  connection: NatsConnection,
  options: {
    readonly holds: (profile: string, key: string) => Promise<boolean>;
    readonly now: () => number;
  },
): Promise<ProfileNames> {
  const { holds, now } = options;
  const bucket = await openBucket(connection, "profile-names", {
    bytesMax: 4_194_304,
    valueBytesMax: 256,
  });

  async function read(key: string) {
    const entry = await bucket.get(bucketKey(key));
    const held = entry && parseClaim(entry.value);
    return { held, revision: entry?.revision ?? 0 };
  }

  /** False when another claim came first. */
  async function write(key: string, claim: Claim, revision: number): Promise<boolean> {
    try {
      await bucket.put(bucketKey(key), new TextEncoder().encode(JSON.stringify(claim)), revision);
      return true;
    } catch (cause) {
      if (cause instanceof RevisionConflict) return false;
      throw cause;
    }
  }

  return {
    async claim(name, profile) {
      const key = nameKey(name);
      const { held, revision } = await read(key);
      if (held !== undefined && held.profile !== profile) {
        if (now() - held.atMs < unfinishedMs || (await holds(held.profile, key))) return false;
      }
      // Also where it is ours already: who takes it for abandoned at this moment must lose.
      return await write(key, { profile, atMs: now() }, revision);
    },
    async release(name, profile) {
      const key = nameKey(name);
      const { held, revision } = await read(key);
      return async () => {
        if (held?.profile === profile) await write(key, { profile, atMs: 0 }, revision);
      };
    },
  };
}

/** `atMs`: when it was made; 0 once it was given up. */
const Claim = Type.Object({ profile: Type.String(), atMs: Type.Integer() });
type Claim = Static<typeof Claim>;
const parseClaim = jsonParser(Claim, "claim of a profile's name");

/** Names may hold what a bucket's key may not. */
const bucketKey = (key: string) => Buffer.from(key).toString("base64url");
