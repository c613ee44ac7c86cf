// What each revision of a profile says, one value each, written once. A revision counts from the moment the profile's head names it:
// one that was written and never named, since a hub died in between, is nobody's after `unfinishedMs` and is written over.
import { JetStreamApiError } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { ProfileSpec, jsonParser, profileLimits } from "@tidemark/proto";
import { type Static, Type } from "typebox";
import { RequestRefused } from "../errors.ts";
import { RevisionConflict, openBucket } from "./bucket.ts";

/** How long a write that another one must complete is taken for unfinished; far more than the two take, or fail to. */
export const unfinishedMs = 30_000;

const Revision = Type.Object(
  { spec: ProfileSpec, atMs: Type.Integer(), by: Type.String({ maxLength: 64 }) },
  { additionalProperties: false },
);
export type Revision = Static<typeof Revision>;

export interface ProfileRevisions {
  read(profile: string, revision: number): Promise<Revision | undefined>;
  /**
   * The head must be known to name no such revision. Throws RequestRefused: `conflict` while somebody else is saving it, or when no
   * more fit.
   */
  write(profile: string, revision: number, value: Revision): Promise<void>;
  /** Removes those of profiles that never came to be. */
  sweep(exists: (profile: string) => boolean): Promise<void>;
}

export async function openProfileRevisions(
  connection: NatsConnection,
  options: { readonly bytesMax: number; readonly now: () => number },
): Promise<ProfileRevisions> {
  const { bytesMax, now } = options;
  const bucket = await openBucket(connection, "profile-revisions", {
    bytesMax,
    valueBytesMax: profileLimits.specBytesMax + overheadBytes,
  });
  const isUnfinished = ({ atMs }: Revision) => now() - atMs < unfinishedMs;

  async function read(profile: string, revision: number): Promise<Revision | undefined> {
    const held = await bucket.get(keyOf(profile, revision));
    return held && parseRevision(held.value);
  }

  return {
    read,
    async write(profile, revision, value) {
      const key = keyOf(profile, revision);
      const bytes = new TextEncoder().encode(JSON.stringify(value));
      const held = await bucket.get(key);
      const before = held && parseRevision(held.value);
      if (before !== undefined && isUnfinished(before)) throw beingSaved(revision, before.by);
      try {
        await bucket.put(key, bytes, held?.revision ?? 0);
      } catch (cause) {
        if (isFull(cause))
          throw new RequestRefused(
            "conflict",
            `revisions of profiles take ${bytesMax} bytes, no more fit`,
          );
        if (!(cause instanceof RevisionConflict)) throw cause;
        throw beingSaved(revision, (await read(profile, revision))?.by ?? "somebody");
      }
    },
    async sweep(exists) {
      for (const key of await bucket.keys()) {
        const [profile = "", revision] = key.split(".");
        if (exists(profile)) continue;
        const left = await read(profile, Number(revision));
        if (left !== undefined && !isUnfinished(left)) await bucket.remove(key);
      }
    },
  };
}

const parseRevision = jsonParser(Revision, "profile revision");
/** Who and when, beside the spec. */
const overheadBytes = 1_024;

const keyOf = (profile: string, revision: number) => `${profile}.${revision}`;

function beingSaved(revision: number, by: string): RequestRefused {
  return new RequestRefused(
    "conflict",
    `${by} is saving revision ${revision} at this moment: look at it, then try again`,
  );
}

/** JSStreamStoreFailedF: the bucket's bytes are used up. */
function isFull(cause: unknown): boolean {
  return cause instanceof JetStreamApiError && cause.code === 10_077;
}
