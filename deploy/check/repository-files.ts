import { existsSync } from "node:fs";
import { join } from "node:path";
import { output, root } from "./step.ts";

export interface TextFile {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
}

/** Every file that git tracks or would track, relative to the root. */
export async function repositoryFiles(signal: AbortSignal): Promise<readonly string[]> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const { code, stdout, stderr } = await output("git", args, signal);
  if (code !== 0) throw new Error(`git ls-files failed: ${stderr}`);
  const files = stdout.split("\0").filter((file) => file !== "");
  // A file that was removed but not yet committed is still in the index.
  return files.filter((file) => existsSync(join(root, file)));
}
