// How programs on the hub's own machine reach it: `<data dir>/keys/local.json`, readable by its owner alone, holds the address
// and a secret that is good while this hub runs. Whoever can read the data directory could do more harm than an admin.
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Type } from "typebox";

export const LocalAccess = Type.Object({
  url: Type.String(),
  token: Type.String(),
  pid: Type.Integer(),
});

/** Who asks with that secret: not one of the users who sign in. */
export const localUser = "local";

export const localAccessFile = (dataDir: string) => join(dataDir, "keys", "local.json");
export const initialPasswordFile = (dataDir: string) =>
  join(dataDir, "keys", "initial-admin-password");

export const newLocalSecret = () => `local_${randomBytes(32).toString("base64url")}`;

/** Puts the file in its place whole, mode 0600; the returned function takes it away unless another hub has replaced it. */
export async function grantLocalAccess(
  dataDir: string,
  url: string,
  token: string,
): Promise<() => Promise<void>> {
  const path = localAccessFile(dataDir);
  const content = `${JSON.stringify({ url, token, pid: process.pid })}\n`;
  await writePrivately(path, content);
  return async () => {
    if ((await readFile(path, "utf8").catch(() => "")) === content) await rm(path, { force: true });
  };
}

/** Writes a secret that nobody else on the machine can read, not even for a moment. */
export async function writePrivately(path: string, content: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.new`;
  await writeFile(temporary, content, { mode: 0o600, flag: "w" });
  await rename(temporary, path);
}
