// What a second start shows again: the password and the API token, in files that only their owner can read.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type HubClient, hubClient, newAdminToken } from "./hub-client.ts";

/** Puts the file in its place whole, with mode 0600. */
export function writePrivately(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  writeFileSync(temporary, content, { mode: 0o600 });
  renameSync(temporary, path);
}

/** Made up at the first start: 80 random bits in letters that read aloud. */
export function keptPassword(dataDir: string): string {
  const path = join(dataDir, "password");
  const kept = readKept(path);
  if (kept !== undefined) return kept;
  const letters = "abcdefghjkmnpqrstuvwxyz23456789-";
  const password = Array.from(randomBytes(16), (byte) => letters[byte & 31]).join("");
  writePrivately(path, `${password}\n`);
  return password;
}

/** An API token with the admin role; a new one when the hub no longer takes the kept one. */
export async function keptToken(dataDir: string, hub: HubClient): Promise<string> {
  const path = join(dataDir, "api-token");
  const kept = readKept(path);
  if (kept !== undefined && (await hubClient(hub.url, kept).accepted())) return kept;
  const { secret } = await newAdminToken(hub, "demo");
  writePrivately(path, `${secret}\n`);
  return secret;
}

function readKept(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8").trim();
  return text === "" ? undefined : text;
}
