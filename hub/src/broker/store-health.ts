// nats-server 2.9.10 stops answering for good when its disk is full, prints nothing and ignores SIGTERM; once there is space
// again only a new start helps, and then everything it had acknowledged is there. So it is asked, and restarted when silent.
import { statfs } from "node:fs/promises";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { Logger } from "pino";

export const healthLimits = {
  probeMs: 5_000,
  /** Silent this often in a row and it is restarted; each probe waits the JetStream client's own 5 s. */
  silencesMax: 3,
} as const;

export interface StoreHealth {
  stop(): void;
}

/** Probes until stopped. `restart` resolves when the server has been told to end. */
export function watchStore(
  deps: {
    readonly manager: JetStreamManager;
    readonly directory: string;
    readonly restart: () => Promise<void>;
    readonly log: Logger;
  },
  probeMs: number = healthLimits.probeMs,
): StoreHealth {
  let silences = 0;
  let probing = false;

  async function probe(): Promise<void> {
    try {
      await deps.manager.getAccountInfo();
      silences = 0;
    } catch (err) {
      silences += 1;
      if (silences < healthLimits.silencesMax) return;
      silences = 0;
      const { bavail, bsize } = await statfs(deps.directory);
      deps.log.error(
        { err, directory: deps.directory, freeBytes: bavail * bsize },
        "broker's store did not answer and is restarted: look whether its disk is full",
      );
      await deps.restart();
    }
  }

  const timer = setInterval(() => {
    if (probing) return;
    probing = true;
    probe()
      .catch((err: unknown) => deps.log.error({ err }, "broker's store could not be probed"))
      .finally(() => {
        probing = false;
      });
  }, probeMs);
  return { stop: () => clearInterval(timer) };
}
