// Asks stored-check.ts, in a process of its own: one chDB holds a folder, and a hub that ran here held it.
import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import type { StoredCheck } from "./stored-check.ts";

/** What the hub of this data folder, which must have stopped, has left in its tables. */
export async function storedIn(dataDir: string): Promise<StoredCheck> {
  const script = new URL("stored-check.ts", import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [script, dataDir]);
  return JSON.parse(stdout);
}
