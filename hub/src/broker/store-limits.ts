// What the broker may keep on disk and in memory, in one place: the sum of the streams and buckets fits the account.
import type { Lane } from "@tidemark/proto";

const mebibyte = 1_048_576;
const daySeconds = 86_400;

export interface StreamLimits {
  readonly bytesMax: number;
  readonly ageSecondsMax: number;
}

export const storeLimits = {
  /** Streams 7 GiB, key-value buckets below 1 GiB; nats-server refuses to start streams past it. */
  diskBytesMax: 8_192 * mebibyte,
  memoryBytesMax: 128 * mebibyte,
  /** Three lanes and the buckets of the hub's parts. */
  streamsMax: 64,
  /** How long the broker remembers a message id; the hub's own deduplication covers what comes later. */
  duplicateWindowSeconds: 600,
  /** What is not ingested after a week is past `wireLimits.pastSecondsMax` and would be refused anyway. */
  lanes: {
    metrics: { bytesMax: 4_096 * mebibyte, ageSecondsMax: 7 * daySeconds },
    events: { bytesMax: 1_024 * mebibyte, ageSecondsMax: 7 * daySeconds },
    results: { bytesMax: 2_048 * mebibyte, ageSecondsMax: 7 * daySeconds },
  } satisfies Record<Lane, StreamLimits>,
} as const;
