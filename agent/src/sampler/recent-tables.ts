// Series tables that batches still on their way may name: the hub asks for one it does not know.

/** Tables kept; older ones travel in the outbox with the batches that name them. */
const tablesMax = 16;

export interface RecentTables {
  readonly add: (hash: string, frame: Uint8Array) => void;
  readonly get: (hash: string) => Uint8Array | undefined;
}

export function keepRecentTables(): RecentTables {
  const frames = new Map<string, Uint8Array>();
  return {
    add(hash, frame) {
      frames.delete(hash);
      frames.set(hash, frame);
      for (const oldest of frames.keys()) {
        if (frames.size <= tablesMax) return;
        frames.delete(oldest);
      }
    },
    get: (hash) => frames.get(hash),
  };
}
