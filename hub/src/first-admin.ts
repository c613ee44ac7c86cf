// The first user: with the password the configuration gives, or with one made up when there is no such user yet.
import { randomBytes } from "node:crypto";
import type { Users } from "./state/users.ts";

/** The password that was made up; undefined when none was needed. */
export async function ensureAdmin(
  users: Users,
  admin: { readonly user: string; readonly password: string | undefined },
): Promise<string | undefined> {
  if (admin.password !== undefined) {
    await users.ensure(admin.user, admin.password, "admin");
    return undefined;
  }
  if (users.has(admin.user)) return undefined;
  const password = newPassword();
  await users.ensure(admin.user, password, "admin");
  return password;
}

/** 100 random bits in letters that read aloud. */
export function newPassword(): string {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789-";
  return Array.from(randomBytes(20), (byte) => letters[byte & 31]).join("");
}
