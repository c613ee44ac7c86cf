// A new configuration while the agent runs: what can change without a restart is replaced, the rest is named.
import type { Logger } from "pino";
import type { AgentConfig } from "./agent-config.ts";
import { ConfigRejected } from "./errors.ts";
import type { Telemetry } from "./telemetry.ts";

export interface ReloadDeps<Running extends { stop(): void }> {
  readonly config: AgentConfig;
  readonly readConfig: () => Promise<AgentConfig>;
  readonly telemetry: Pick<Telemetry, "configReloaded" | "configRejected">;
  readonly log: Pick<Logger, "level">;
  /** Starts what a configuration can replace. */
  readonly start: (config: AgentConfig) => Running;
}

export interface Reloads {
  readonly start: () => void;
  readonly stop: () => void;
  /** The configuration in force. */
  readonly current: () => AgentConfig;
  /** Reads the configuration anew; a bad one leaves the old one in force. */
  readonly reload: () => void;
}

/** Settings that the outbox and the identity were opened with. */
const fixed = ["dataDir", "outbox", "policyFile"] as const;

export function createReloads<Running extends { stop(): void }>(
  deps: ReloadDeps<Running>,
): Reloads {
  let config = deps.config;
  let running: Running | undefined;
  let isReading = false;

  async function reload(): Promise<void> {
    if (isReading) return;
    isReading = true;
    try {
      const fresh = await deps.readConfig();
      const restartNeeded = fixed.filter(
        (name) => JSON.stringify(fresh[name]) !== JSON.stringify(config[name]),
      );
      const { dataDir, outbox, policyFile } = config;
      config = { ...fresh, dataDir, outbox, policyFile };
      deps.log.level = config.logLevel;
      if (running !== undefined) {
        running.stop();
        running = deps.start(config);
      }
      deps.telemetry.configReloaded(restartNeeded);
    } catch (cause) {
      const faults = cause instanceof ConfigRejected ? cause.faults : [String(cause)];
      deps.telemetry.configRejected(faults);
    } finally {
      isReading = false;
    }
  }

  return {
    start() {
      running = deps.start(config);
    },
    stop() {
      running?.stop();
      running = undefined;
    },
    current: () => config,
    reload: () => void reload(),
  };
}
