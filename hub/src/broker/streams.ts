// The durable lanes as JetStream streams. Full means refused (discard new): the agent then keeps its record, where
// discarding the oldest would lose it silently.
import { isDeepStrictEqual } from "node:util";
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
    const wanted = streamConfig(lane);
    const existing = await configOf(manager, wanted.name);
    // Adding again what is there would be refused: 2.9.10 counts its bytes a second time against the account's.
    if (existing === undefined) await manager.streams.add(wanted);
    else if (!agrees(existing, wanted)) await manager.streams.update(wanted.name, wanted);
  }
}

async function configOf(
  manager: JetStreamManager,
  name: string,
): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (cause) {
    if (cause instanceof JetStreamApiError && cause.code === streamNotFound) return undefined;
    throw cause;
  }
}

/** The broker adds fields of its own; what we ask for decides. */
function agrees(existing: StreamConfig, wanted: Partial<StreamConfig>): boolean {
  return isDeepStrictEqual({ ...existing, ...wanted }, existing);
}

/** JSStreamNotFoundErr. */
const streamNotFound = 10_059;
