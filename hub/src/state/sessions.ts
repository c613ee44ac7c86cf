// Who is signed in. A session ends when it is not used for a while, at the latest a week after it began.
import type { NatsConnection } from "@nats-io/transport-node";
import { Role, type Session, jsonParser } from "@tidemark/proto";
import { type Static, Type } from "typebox";
import { defaultBounds } from "./key-value.ts";
import type { StateOptions } from "./options.ts";
import { hashOf, newSecret } from "./secrets.ts";
import { openTable } from "./table.ts";

export const sessionLimits = {
  /** Without use. */
  idleMs: 12 * 3_600_000,
  /** From its beginning, used or not. */
  ageMs: 7 * 86_400_000,
  /** Use moves the expiry at most this often, since each move is a write. */
  extendMs: 5 * 60_000,
  /** Past it the session nearest to its end is closed for the new one. */
  sessionsMax: 10_000,
} as const;

export interface Sessions {
  create(user: string, role: Role): Promise<{ secret: string; expiresAtMs: number }>;
  verify(secret: string): Promise<Session | undefined>;
  remove(secret: string): Promise<void>;
  /** Signs the user out everywhere. */
  removeUser(user: string): Promise<void>;
  stop(): Promise<void>;
}

const SessionSchema = Type.Object({
  user: Type.String(),
  role: Role,
  createdAtMs: Type.Integer(),
  expiresAtMs: Type.Integer(),
});
type SessionRecord = Static<typeof SessionSchema>;

export async function openSessions(
  connection: NatsConnection,
  options: StateOptions = {},
): Promise<Sessions> {
  const { now = Date.now, troubled = () => undefined } = options;
  const table = await openTable<SessionRecord>(connection, {
    name: "sessions",
    // The broker forgets what nobody extends.
    bounds: { ...defaultBounds, ttlSeconds: sessionLimits.idleMs / 1_000 },
    parse: jsonParser(SessionSchema, "session"),
    troubled,
  });

  async function makeRoom(atMs: number): Promise<void> {
    if (table.size < sessionLimits.sessionsMax) return;
    let first: readonly [string, SessionRecord] | undefined;
    for (const entry of table.entries()) {
      if (entry[1].expiresAtMs <= atMs) await table.remove(entry[0]);
      else if (first === undefined || entry[1].expiresAtMs < first[1].expiresAtMs) first = entry;
    }
    if (first !== undefined && table.size >= sessionLimits.sessionsMax)
      await table.remove(first[0]);
  }

  return {
    async create(user, role) {
      const atMs = now();
      await makeRoom(atMs);
      const secret = newSecret();
      const expiresAtMs = atMs + sessionLimits.idleMs;
      await table.create(hashOf(secret), { user, role, createdAtMs: atMs, expiresAtMs });
      return { secret, expiresAtMs };
    },
    async verify(secret) {
      const key = hashOf(secret);
      // Another hub may have made it a moment ago.
      const session = table.get(key) ?? (await table.fetch(key));
      const atMs = now();
      if (session === undefined || atMs >= session.expiresAtMs) return undefined;
      const expiresAtMs = extendedTo(session, atMs);
      if (expiresAtMs - session.expiresAtMs >= sessionLimits.extendMs)
        table
          .change(key, (current) => current && { ...current, expiresAtMs })
          .catch((cause: unknown) => troubled("session's expiry", cause));
      return { user: session.user, role: session.role, expiresAtMs: session.expiresAtMs };
    },
    async remove(secret) {
      await table.remove(hashOf(secret));
    },
    async removeUser(user) {
      for (const [key, session] of table.entries())
        if (session.user === user) await table.remove(key);
    },
    stop: () => table.stop(),
  };
}

function extendedTo(session: SessionRecord, atMs: number): number {
  return Math.min(atMs + sessionLimits.idleMs, session.createdAtMs + sessionLimits.ageMs);
}
