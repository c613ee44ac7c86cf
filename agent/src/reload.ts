// A new configuration while the agent runs: what can change without a restart is replaced, the rest is named.
import type { Logger } from "pino";
import type { AgentConfig } from "./agent-config.ts";
import { ConfigRejected } from "./errors.ts";
import type { Telemetry } from "./telemetry.ts";

interface Stoppable {
  stop(): Promise<void>;
}

export interface ReloadDeps {
  readonly config: AgentConfig;
  readonly readConfig: () => Promise<AgentConfig>;
  readonly telemetry: Pick<Telemetry, "configReloaded" | "configRejected">;
  readonly log: Pick<Logger, "level">;
  /** Starts what a configuration can replace. */
  readonly start: (config: AgentConfig) => Promise<Stoppable>;
}

export interface Reloads {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** The configuration in force. */
  readonly current: () => AgentConfig;
  /** Reads the configuration anew, once more after a reload that is under way; a bad one leaves the old one in force. */
  readonly reload: () => void;
}

/** Settings that the outbox and the identity were opened with. */
const fixed = ["dataDir", "outbox", "policyFile"] as const;

export function createReloads(deps: ReloadDeps): Reloads {
  let config = deps.config;
  let running: Stoppable | undefined;
  let isReading = false;
  /** What was read may be older than what asked: the file is read once more when this reload has ended. */
  let isAskedAgain = false;
  let isStopped = false;

  async function reload(): Promise<void> {
    if (isStopped) return;
    if (isReading) {
      isAskedAgain = true;
      return;
    }
    isReading = true;
    do {
      isAskedAgain = false;
      await reloadOnce();
    } while (isAskedAgain && !isStopped);
    isReading = false;
  }

  async function reloadOnce(): Promise<void> {
    try {
      const fresh = await deps.readConfig();
      const restartNeeded = fixed.filter(
        (name) => JSON.stringify(fresh[name]) !== JSON.stringify(config[name]),
      );
      const { dataDir, outbox, policyFile } = config;
      config = { ...fresh, dataDir, outbox, policyFile };
      deps.log.level = config.logLevel;
      await running?.stop();
      if (isStopped) return;
      running = await deps.start(config);
      if (isStopped) await running.stop();
      deps.telemetry.configReloaded(restartNeeded);
    } catch (cause) {
      const faults = cause instanceof ConfigRejected ? cause.faults : [String(cause)];
      deps.telemetry.configRejected(faults);
    }
  }

  return {
    async start() {
      running = await deps.start(config);
    },
    async stop() {
      isStopped = true;
      await running?.stop();
    },
    current: () => config,
    reload: () => void reload(),
  };
}
