// One-time tokens that let a host become an agent. The hub keeps a hash; the first redemption burns it, by a write that only
// one caller can win, also when two hubs race.
import type { NatsConnection } from "@nats-io/transport-node";
import { AgentLabels, type EnrolmentTokenList, jsonParser } from "@tidemark/proto";
import { type Static, Type } from "typebox";
import { RevisionConflict, openBucket } from "./bucket.ts";
import { defaultBounds } from "./key-value.ts";
import type { StateOptions } from "./options.ts";
import { hashOf, newSecret } from "./secrets.ts";

export const enrolmentLimits = {
  ttlSecondsDefault: 3_600,
  ttlSecondsMin: 60,
  ttlSecondsMax: 86_400,
  /** Tokens that have neither expired nor left the broker yet, used ones included. */
  tokensMax: 10_000,
} as const;

export type Redemption =
  | { readonly kind: "redeemed"; readonly labels: Readonly<Record<string, string>> }
  | { readonly kind: "refused"; readonly reason: string };

export interface EnrolmentTokens {
  /** `ttlSeconds` 60 … 86,400. Throws RangeError past that, or when there are too many. */
  create(input: {
    readonly labels: Readonly<Record<string, string>>;
    readonly ttlSeconds: number;
    readonly createdBy: string;
  }): Promise<{ token: string; expiresAtMs: number }>;
  /** Burns the token. When it throws (the broker is away) the token may be burnt or not, but nobody was let in by it. */
  redeem(token: string): Promise<Redemption>;
  /** Tokens that can be redeemed now, newest first. */
  list(): Promise<EnrolmentTokenList["items"]>;
  /** Makes a token void; false when none with this id can be redeemed. */
  remove(id: string): Promise<boolean>;
}

const TokenSchema = Type.Object({
  labels: AgentLabels,
  createdBy: Type.String(),
  createdAtMs: Type.Integer(),
  expiresAtMs: Type.Integer(),
  usedAtMs: Type.Union([Type.Integer(), Type.Null()]),
});
type TokenRecord = Static<typeof TokenSchema>;
const parseRecord = jsonParser(TokenSchema, "enrolment token");

export async function openEnrolment(
  connection: NatsConnection,
  options: StateOptions = {},
): Promise<EnrolmentTokens> {
  const { now = Date.now } = options;
  // The broker forgets a token, used or not, a day after its last change.
  const bucket = await openBucket(connection, "enrolment", {
    ...defaultBounds,
    ttlSeconds: enrolmentLimits.ttlSecondsMax,
  });

  const isOpen = ({ usedAtMs, expiresAtMs }: TokenRecord) =>
    usedAtMs === null && now() < expiresAtMs;

  async function openTokens(): Promise<{ key: string; record: TokenRecord }[]> {
    const found: { key: string; record: TokenRecord }[] = [];
    for (const key of await bucket.keys()) {
      const held = await bucket.get(key);
      if (held === undefined) continue;
      const record = parseRecord(held.value);
      if (isOpen(record)) found.push({ key, record });
    }
    return found;
  }

  return {
    async create({ labels, ttlSeconds, createdBy }) {
      if (ttlSeconds < enrolmentLimits.ttlSecondsMin || ttlSeconds > enrolmentLimits.ttlSecondsMax)
        throw new RangeError(
          `a token lives ${enrolmentLimits.ttlSecondsMin} … ${enrolmentLimits.ttlSecondsMax} s`,
        );
      if ((await bucket.keys()).length >= enrolmentLimits.tokensMax)
        throw new RangeError(`${enrolmentLimits.tokensMax} enrolment tokens exist, wait for a day`);
      const token = newSecret("te_");
      const atMs = now();
      const record: TokenRecord = {
        labels: { ...labels },
        createdBy,
        createdAtMs: atMs,
        expiresAtMs: atMs + ttlSeconds * 1_000,
        usedAtMs: null,
      };
      await bucket.put(hashOf(token), encode(record), 0);
      return { token, expiresAtMs: record.expiresAtMs };
    },
    async redeem(token) {
      const key = hashOf(token);
      const held = await bucket.get(key);
      if (held === undefined) return refused("unknown");
      const record = parseRecord(held.value);
      const atMs = now();
      if (record.usedAtMs !== null) return refused("used");
      if (atMs >= record.expiresAtMs) return refused("expired");
      try {
        await bucket.put(key, encode({ ...record, usedAtMs: atMs }), held.revision);
      } catch (cause) {
        if (cause instanceof RevisionConflict) return refused("used");
        throw cause;
      }
      return { kind: "redeemed", labels: record.labels };
    },
    async list() {
      const tokens = await openTokens();
      return tokens
        .map(({ key, record: { labels, createdBy, createdAtMs, expiresAtMs } }) => ({
          id: idOf(key),
          labels,
          createdBy,
          createdAtMs,
          expiresAtMs,
        }))
        .toSorted((a, b) => b.createdAtMs - a.createdAtMs);
    },
    async remove(id) {
      const token = (await openTokens()).find(({ key }) => idOf(key) === id);
      if (token !== undefined) await bucket.remove(token.key);
      return token !== undefined;
    },
  };
}

/** The start of the secret's hash: enough to tell tokens apart, and nothing of the secret. */
const idOf = (key: string) => key.slice(0, 22);

const reasons = {
  unknown: "no such enrolment token",
  used: "the enrolment token was used already",
  expired: "the enrolment token has expired",
} as const;

function refused(why: keyof typeof reasons): Redemption {
  return { kind: "refused", reason: reasons[why] };
}

function encode(record: TokenRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record));
}
