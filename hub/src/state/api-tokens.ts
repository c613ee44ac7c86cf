// Tokens for programs that use the API. The secret is shown once; the hub keeps its hash.
import type { NatsConnection } from "@nats-io/transport-node";
import { type CreatedToken, Role, type Token, jsonParser, newId, roles } from "@tidemark/proto";
import { type Static, Type } from "typebox";
import { defaultBounds } from "./key-value.ts";
import type { StateOptions } from "./options.ts";
import { hashOf, newSecret } from "./secrets.ts";
import { openTable } from "./table.ts";

export const apiTokenLimits = {
  tokensMax: 1_000,
  /** How old "last used" may be: a write for every request would be more than the request. */
  lastUsedMs: 60_000,
} as const;

export interface ApiTokens {
  /** Throws RangeError when there are too many. */
  create(input: {
    readonly name: string;
    readonly role: Role;
    readonly createdBy: string;
    readonly expiresInDays: number | null;
  }): Promise<CreatedToken>;
  /** Who stands behind the secret: the user that made the token, with the lower of the user's role now and the token's. */
  verify(secret: string): Promise<{ user: string; role: Role } | undefined>;
  /** Newest first, expired ones included. */
  list(): Promise<readonly Token[]>;
  /** False when there is none. */
  remove(id: string): Promise<boolean>;
  stop(): Promise<void>;
}

export interface ApiTokenOptions extends StateOptions {
  /** The role that whoever makes tokens has now; undefined for nobody, whose tokens are void. */
  readonly roleOf: (user: string) => Promise<Role | undefined>;
}

const TokenSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  role: Role,
  createdAtMs: Type.Integer(),
  createdBy: Type.String(),
  expiresAtMs: Type.Union([Type.Integer(), Type.Null()]),
  lastUsedAtMs: Type.Union([Type.Integer(), Type.Null()]),
});
type TokenRecord = Static<typeof TokenSchema>;

const prefix = "tm_";
const dayMs = 86_400_000;

export async function openApiTokens(
  connection: NatsConnection,
  options: ApiTokenOptions,
): Promise<ApiTokens> {
  const { now = Date.now, troubled = () => undefined, roleOf } = options;
  const table = await openTable<TokenRecord>(connection, {
    name: "api-tokens",
    bounds: defaultBounds,
    parse: jsonParser(TokenSchema, "API token"),
    troubled,
  });
  const isExpired = (token: TokenRecord, atMs: number) =>
    token.expiresAtMs !== null && atMs >= token.expiresAtMs;

  /** Not awaited by the request that used the token, and no reason to refuse it. */
  function noteUse(key: string, atMs: number): void {
    table
      .change(key, (token) =>
        token !== undefined && isWorthNoting(token, atMs)
          ? { ...token, lastUsedAtMs: atMs }
          : undefined,
      )
      .catch((cause: unknown) => troubled("API token's last use", cause));
  }

  return {
    async create({ name, role, createdBy, expiresInDays }) {
      const atMs = now();
      if (table.size >= apiTokenLimits.tokensMax)
        for (const [key, token] of table.entries())
          if (isExpired(token, atMs)) await table.remove(key);
      if (table.size >= apiTokenLimits.tokensMax)
        throw new RangeError(`${apiTokenLimits.tokensMax} API tokens exist: remove one first`);
      const secret = newSecret(prefix);
      const token: TokenRecord = {
        id: newId(),
        name,
        role,
        createdAtMs: atMs,
        createdBy,
        expiresAtMs: expiresInDays === null ? null : atMs + expiresInDays * dayMs,
        lastUsedAtMs: null,
      };
      await table.create(hashOf(secret), token);
      return { token, secret };
    },
    async verify(secret) {
      if (!secret.startsWith(prefix)) return undefined;
      const key = hashOf(secret);
      // Another hub may have made it a moment ago.
      const token = table.get(key) ?? (await table.fetch(key));
      const atMs = now();
      if (token === undefined || isExpired(token, atMs)) return undefined;
      const ownRole = await roleOf(token.createdBy);
      if (ownRole === undefined) return undefined;
      if (isWorthNoting(token, atMs)) noteUse(key, atMs);
      return { user: token.createdBy, role: lowerOf(ownRole, token.role) };
    },
    async list() {
      return Array.from(table.entries(), ([, token]) => token).toSorted(
        (a, b) => b.createdAtMs - a.createdAtMs,
      );
    },
    async remove(id) {
      for (const [key, token] of table.entries()) {
        if (token.id !== id) continue;
        await table.remove(key);
        return true;
      }
      return false;
    },
    stop: () => table.stop(),
  };
}

function lowerOf(one: Role, other: Role): Role {
  return roles.indexOf(one) < roles.indexOf(other) ? one : other;
}

function isWorthNoting(token: TokenRecord, atMs: number): boolean {
  return token.lastUsedAtMs === null || atMs - token.lastUsedAtMs >= apiTokenLimits.lastUsedMs;
}
