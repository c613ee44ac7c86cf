// A rehearsal: a data directory filled by simulated operators, marked so that nobody takes its charts for real ones.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed } from "../errors.ts";
import { isLoopback } from "../loopback.ts";
import type { ReceiveConfig } from "./config.ts";

const markOf = (dataDir: string) => join(dataDir, "rehearsal");

/** Marks a directory that is empty or not there; throws when it holds anything that is not a rehearsal. */
export function markRehearsal(dataDir: string): void {
  if (existsSync(markOf(dataDir))) return;
  if (readdirSync(dataDir).length > 0)
    throw new CommandFailed(
      `${dataDir} is no rehearsal: simulated operators need an empty directory, or one they have filled`,
    );
  writeFileSync(
    markOf(dataDir),
    "Filled by `tidemark simulate operators`: nothing in here is real.\n",
    { mode: 0o600 },
  );
}

/** Throws when a rehearsal would be served to more than this machine. */
export function refuseRehearsal({ dataDir, host }: Pick<ReceiveConfig, "dataDir" | "host">): void {
  if (existsSync(markOf(dataDir)) && !isLoopback(host))
    throw new CommandFailed(
      `${dataDir} was filled by simulated operators: it is served on 127.0.0.1 alone, and real reports need another --data-dir`,
    );
}
