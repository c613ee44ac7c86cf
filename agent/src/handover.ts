// How the process that checked the configuration becomes the one that stays; see resident.ts.
import { isSea } from "node:sea";
import type { AgentConfig } from "./agent-config.ts";
import { restFlags } from "./compiler.ts";

/** Set only between the two; no setting. */
export const handoverVariable = "TIDEMARK_AGENT_HANDOVER";

/**
 * A young generation of 1 MiB: an agent makes little garbage, and the default lets 16 MiB of it pile up. The old one grows by a
 * tenth between collections: 0.5 MB less than V8's own judgement at the same CPU.
 */
const heapFlags = ["--max-semi-space-size=1", "--heap-growing-percent=10"];
/**
 * glibc keeps an arena for every thread and gives little back: worth 1 MB, and 0.7 MB more when large pieces are mapped one by one
 * and nothing is asked for in advance. Other allocators ignore it.
 */
const allocatorVariables = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_MMAP_THRESHOLD_: "65536",
  MALLOC_TOP_PAD_: "0",
  MALLOC_TRIM_THRESHOLD_: "65536",
};

/**
 * Replaces this process and does not return; `false` where that cannot be done, or from source, where it would double the 0.4 s
 * that stripping types takes at every start (a bundle starts in 0.2 s with it).
 */
export function handOver(
  script: string,
  config: AgentConfig,
  configArgs: readonly string[],
): false {
  if (typeof process.execve !== "function" || isSea() || script.endsWith(".ts")) return false;
  const argv = [
    process.execPath,
    ...process.execArgv,
    ...heapFlags,
    ...restFlags,
    script,
    ...process.argv.slice(2),
  ];
  const env = {
    ...process.env,
    ...allocatorVariables,
    [handoverVariable]: JSON.stringify({ config, configArgs }),
  };
  process.execve(process.execPath, argv, env);
  return false;
}
