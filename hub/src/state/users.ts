// People who may sign in.
import type { NatsConnection } from "@nats-io/transport-node";
import { Role, jsonParser } from "@tidemark/proto";
import { type Static, Type } from "typebox";
import { defaultBounds } from "./key-value.ts";
import type { StateOptions } from "./options.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { openTable } from "./table.ts";

export const usersMax = 10_000;

export interface Users {
  /** Afterwards this user signs in with this password and role; nothing is written when that is so already. */
  ensure(user: string, password: string, role: Role): Promise<void>;
  /** Undefined for a wrong password and for an unknown user alike, after the same time. Throws PasswordsBusy. */
  verify(user: string, password: string): Promise<{ user: string; role: Role } | undefined>;
  /** The role the user has now; undefined when there is no such user. */
  roleOf(user: string): Promise<Role | undefined>;
  /** Whether there is such a user; says so to the hub's own start, not to strangers. */
  has(user: string): boolean;
  stop(): Promise<void>;
}

export interface UserOptions extends StateOptions {
  /** A user's password or role was changed: sessions from before must end. */
  readonly credentialsChanged?: (user: string) => Promise<void>;
}

const UserSchema = Type.Object({
  user: Type.String(),
  role: Role,
  passwordHash: Type.String(),
  createdAtMs: Type.Integer(),
});
type UserRecord = Static<typeof UserSchema>;

export async function openUsers(
  connection: NatsConnection,
  options: UserOptions = {},
): Promise<Users> {
  const { now = Date.now, troubled = () => undefined, credentialsChanged } = options;
  const table = await openTable<UserRecord>(connection, {
    name: "users",
    bounds: defaultBounds,
    parse: jsonParser(UserSchema, "user"),
    troubled,
  });

  return {
    async ensure(user, password, role) {
      const key = keyOf(user);
      const before = table.get(key);
      if (before?.role === role && (await verifyPassword(password, before.passwordHash))) return;
      if (before === undefined && table.size >= usersMax)
        throw new RangeError(`${usersMax} users exist, no more fit`);
      const passwordHash = await hashPassword(password);
      await table.change(key, (current) => ({
        user,
        role,
        passwordHash,
        createdAtMs: current?.createdAtMs ?? now(),
      }));
      if (before !== undefined) await credentialsChanged?.(user);
    },
    async verify(user, password) {
      const record = table.get(keyOf(user));
      const matches = await verifyPassword(password, record?.passwordHash);
      return matches && record !== undefined ? { user: record.user, role: record.role } : undefined;
    },
    async roleOf(user) {
      const key = keyOf(user);
      // Another hub may have made the user a moment ago.
      return (table.get(key) ?? (await table.fetch(key)))?.role;
    },
    has: (user) => table.get(keyOf(user)) !== undefined,
    stop: () => table.stop(),
  };
}

/** Names may hold what a bucket's key may not. */
function keyOf(user: string): string {
  return Buffer.from(user.normalize("NFKC"), "utf8").toString("base64url");
}
