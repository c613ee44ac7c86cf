// The process that stays. `run` checks the configuration with everything that takes, then replaces itself (execve: same process
// id, same log) by this one, which gets the result and never loads YAML, schemas or the command line: 5 MB less for good.
import { execFile } from "node:child_process";
import type { AgentConfig } from "./agent-config.ts";
import { rest } from "./compiler.ts";
import { runAgent } from "./compose.ts";
import { ConfigRejected } from "./errors.ts";
import { createLog } from "./log.ts";

/** What the first process hands over, as JSON in the environment variable `handover`. */
export interface Handover {
  readonly config: AgentConfig;
  /** The flags that gave it, to read it again at SIGHUP. */
  readonly configArgs: readonly string[];
}

const checkTimeoutMs = 20_000;
const outputBytesMax = 1_048_576;

/** Runs the agent until `signal`. */
export async function stay(handover: string, script: string, signal: AbortSignal): Promise<void> {
  // From the first moment on: unheard, the signals would end the process.
  const reloads = listen("SIGHUP");
  const kills = listen("SIGUSR2");
  rest();
  // Written a moment ago by the same program, checked.
  const { config, configArgs }: Handover = JSON.parse(handover);
  await runAgent({
    config,
    readConfig: () => checkOutside(script, configArgs),
    log: createLog(config.logLevel),
    signal,
    onReload: (listener) => reloads.add(listener),
    onKill: (listener) => kills.add(listener),
  });
}

/** Those who are called, with the signal's name, whenever it comes. */
function listen(signal: NodeJS.Signals): Set<(name: string) => void> {
  const listeners = new Set<(name: string) => void>();
  process.on(signal, () => {
    for (const listener of listeners) listener(signal);
  });
  return listeners;
}

/** `check-config` in a process of its own; rejects with ConfigRejected. */
function checkOutside(script: string, configArgs: readonly string[]): Promise<AgentConfig> {
  const args = [script, "check-config", "--json", "--settings-only", ...configArgs];
  const limits = { timeout: checkTimeoutMs, maxBuffer: outputBytesMax };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, limits, (error, stdout, stderr) => {
      let answer: { ok: true; config: AgentConfig } | { ok: false; faults: readonly string[] };
      try {
        answer = JSON.parse(stdout);
      } catch {
        const said = stderr.trim().slice(0, 500);
        reject(
          new ConfigRejected([
            `it could not be checked: ${said || (error?.message ?? "no answer")}`,
          ]),
        );
        return;
      }
      if (answer.ok) resolve(answer.config);
      else reject(new ConfigRejected(answer.faults));
    });
  });
}
