// The durable lanes as JetStream streams. Full means refused (discard new): the agent then keeps its record, where
// discarding the oldest would lose it silently.
import {
  DiscardPolicy,
  type JetStreamManager,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { type Lane, lanes, streams, wireLimits } from "@tidemark/proto";
import { storeLimits } from "./store-limits.ts";

/** What JetStream is asked to keep of one lane. */
export function streamConfig(lane: Lane): Partial<StreamConfig> & { readonly name: string } {
  const { name, subjects } = streams[lane];
  const { bytesMax, ageSecondsMax } = storeLimits.lanes[lane];
  return {
    name,
    subjects: [...subjects],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_bytes: bytesMax,
    max_age: nanos(ageSecondsMax * 1_000),
    max_msg_size: wireLimits.messageBytesMax,
    duplicate_window: nanos(storeLimits.duplicateWindowSeconds * 1_000),
    // A record that an agent has sent stays until it is ingested, whoever asks.
    allow_rollup_hdrs: false,
  };
}

/** Makes the streams that are missing and brings the others up to date; safe to repeat, and beside another hub. */
export async function ensureStreams(manager: JetStreamManager): Promise<void> {
  for (const lane of lanes) {
    const config = streamConfig(lane);
    try {
      // Adding what exists with the same configuration succeeds.
      await manager.streams.add(config);
    } catch (cause) {
      if (!(cause instanceof JetStreamApiError) || cause.code !== streamNameInUse) throw cause;
      await manager.streams.update(config.name, config);
    }
  }
}

/** JSStreamNameExistErr: there is a stream of that name with another configuration. */
const streamNameInUse = 10_058;
