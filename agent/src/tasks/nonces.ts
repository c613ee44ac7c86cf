// Which tasks were already carried out. Every nonce is remembered until its task has expired; those of load runs also on disk,
// whatever their age, because a run repeated after a restart is the one replay that would hurt.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";

export interface Nonces {
  /** Marks the nonce as used. `full` when more tasks are valid at once than anybody needs; `unwritten` when a lasting one could not be kept. */
  use(nonce: string, expiresMs: number, nowMs: number, keep: "until-expiry" | "lasting"): NonceUse;
}
export type NonceUse = "fresh" | "used" | "full" | "unwritten";

/** Nonces of unexpired tasks in memory, and of runs on disk. A hub renewing 64 leases every 2 s for 60 s needs 1,920. */
const unexpiredMax = 4_096;
const lastingMax = 1_024;

/** Opens the lasting nonces in `path`. Throws the file system's error unless the file is only missing. */
export function openNonces(path: string): Nonces {
  const unexpired = new Map<string, number>();
  const lasting = new Set(readLines(path));
  return {
    use(nonce, expiresMs, nowMs, keep) {
      if (lasting.has(nonce)) return "used";
      const known = unexpired.get(nonce);
      if (known !== undefined && known >= nowMs) return "used";
      if (unexpired.size >= unexpiredMax) forgetExpired(unexpired, nowMs);
      if (unexpired.size >= unexpiredMax) return "full";
      if (keep === "lasting" && !write(path, lasting, nonce)) return "unwritten";
      unexpired.set(nonce, expiresMs);
      return "fresh";
    },
  };
}

function forgetExpired(unexpired: Map<string, number>, nowMs: number): void {
  for (const [nonce, expiresMs] of unexpired) if (expiresMs < nowMs) unexpired.delete(nonce);
}

function write(path: string, lasting: Set<string>, nonce: string): boolean {
  lasting.add(nonce);
  try {
    if (lasting.size <= lastingMax) {
      appendFileSync(path, `${nonce}\n`, { mode: 0o600 });
      return true;
    }
    for (const oldest of lasting) {
      if (lasting.size <= lastingMax / 2) break;
      lasting.delete(oldest);
    }
    writeFileSync(`${path}.new`, `${[...lasting].join("\n")}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return true;
  } catch {
    // Told to the hub as the task's refusal; the disk itself is the outbox's to report.
    lasting.delete(nonce);
    return false;
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return [];
    throw cause;
  }
}
