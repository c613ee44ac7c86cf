// Files that must be whole or absent after a crash: written beside, synced, then moved or linked into place.
import { link, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";

/** Replaces `path`, mode 0600; after the promise resolves a power cut cannot bring the old content back. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const beside = await writeBeside(path, text);
  await rename(beside, path);
  await syncDirectory(path);
}

/** Creates `path`, mode 0600; false when it was there already, and then it is left alone. */
export async function createFile(path: string, text: string): Promise<boolean> {
  const beside = await writeBeside(path, text);
  try {
    // Unlike rename, link refuses an existing target, so two starting hubs cannot both win.
    await link(beside, path);
  } catch (cause) {
    if (isErrno(cause, "EEXIST")) return false;
    throw cause;
  } finally {
    await unlink(beside);
  }
  await syncDirectory(path);
  return true;
}

/** Whether `cause` is the system error `code`, such as ENOENT. */
export function isErrno(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}

async function writeBeside(path: string, text: string): Promise<string> {
  const beside = `${path}.${process.pid}.new`;
  const file = await open(beside, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return beside;
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
