// Small files of /proc and /sys as text, for scrapes: seconds apart, they may afford strings.
import { readdirSync } from "node:fs";
import { isAbsent, scanFile } from "../../procfs/kept-file.ts";

/** The words of every line; empty when there is no such file. */
export function readWords(path: string): readonly (readonly string[])[] {
  const text = scanFile(path)?.text() ?? "";
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.trim().split(/\s+/));
}

/** The file without its last newline; `undefined` when it is not there or the kernel has no answer (EINVAL of a device that is down). */
export function readLine(path: string): string | undefined {
  try {
    return scanFile(path)?.text().trimEnd();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause) return undefined;
    throw cause;
  }
}

/** NaN when there is no number. */
export function readNumber(path: string): number {
  const text = readLine(path);
  return text === undefined || text === "" ? Number.NaN : Number(text);
}

/** Sorted; empty when there is no such directory. */
export function listDirectory(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw cause;
  }
}
