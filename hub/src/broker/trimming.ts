// Takes what has been ingested out of the streams. They keep messages by limit, not by interest, so that nothing is lost
// while no consumer exists; so what every durable consumer has acknowledged is purged from time to time. The broker still
// knows the ids of purged messages (tried on 2.9.10), so a copy sent late is recognised.
import type { JetStreamManager } from "@nats-io/jetstream";
import { lanes, streams } from "@tidemark/proto";
import type { Logger } from "pino";

const intervalMs = 15_000;

export interface Trimming {
  stop(): Promise<void>;
}

export function startTrimming(manager: JetStreamManager, log: Logger): Trimming {
  let round: Promise<void> | undefined;
  const timer = setInterval(() => {
    // A broker that is away makes a round long; the next one waits for its turn.
    round ??= trimAll(manager)
      .catch((err: unknown) => log.warn({ err }, "streams could not be trimmed"))
      .finally(() => {
        round = undefined;
      });
  }, intervalMs);
  return {
    async stop() {
      clearInterval(timer);
      await round;
    },
  };
}

async function trimAll(manager: JetStreamManager): Promise<void> {
  for (const lane of lanes) await trimStream(manager, streams[lane].name);
}

/** Purges what all durable consumers of the stream have acknowledged; without such a consumer, nothing. Resolves to the messages gone. */
export async function trimStream(manager: JetStreamManager, name: string): Promise<number> {
  let floor: number | undefined;
  for await (const consumer of manager.consumers.list(name)) {
    if (consumer.config.durable_name === undefined) continue;
    floor = Math.min(floor ?? Infinity, consumer.ack_floor.stream_seq);
  }
  if (floor === undefined || floor === 0) return 0;
  const { purged } = await manager.streams.purge(name, { seq: floor + 1 });
  return purged;
}
