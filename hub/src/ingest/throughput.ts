// Ingest's own numbers for the status page.
import type { Block } from "./block-maker.ts";

export interface IngestStats {
  readonly samplesPerSecond: number;
  /** Since the hub started. */
  readonly samplesTotal: number;
  readonly messagesPending: number;
  /** Age of the oldest message that is read and not stored; 0 when there is none, null before the first. */
  readonly lagSeconds: number | null;
  readonly rejectedTotal: number;
  readonly duplicatesTotal: number;
}

const windowSeconds = 10;

export interface Throughput {
  made(block: Block): void;
  stored(block: Block): void;
  stats(pendingInStream: number): Omit<IngestStats, "rejectedTotal">;
}

export function createThroughput(now: () => number): Throughput {
  const recent: { atMs: number; rows: number }[] = [];
  const unstored: Block[] = [];
  let samplesTotal = 0;
  let duplicatesTotal = 0;
  let any = false;
  const forget = () => {
    const since = now() - windowSeconds * 1000;
    while ((recent[0]?.atMs ?? Infinity) < since) recent.shift();
  };
  return {
    made(block) {
      unstored.push(block);
    },
    stored(block) {
      unstored.splice(unstored.indexOf(block), 1);
      const rows = block.samples?.rows ?? 0;
      any = true;
      samplesTotal += rows;
      duplicatesTotal += block.duplicates;
      recent.push({ atMs: now(), rows });
      forget();
    },
    stats(pendingInStream) {
      forget();
      const [oldest] = unstored;
      const messages = unstored.reduce((sum, block) => sum + block.messages, 0);
      return {
        samplesPerSecond: recent.reduce((sum, { rows }) => sum + rows, 0) / windowSeconds,
        samplesTotal,
        messagesPending: pendingInStream + messages,
        lagSeconds:
          oldest === undefined ? (any ? 0 : null) : Math.max(0, now() - oldest.takenAtMs) / 1000,
        duplicatesTotal,
      };
    },
  };
}
