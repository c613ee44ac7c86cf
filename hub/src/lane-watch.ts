// A hub without one of its lanes answers, and keeps nothing: the first lane that ends by itself makes the hub not ready and then
// ends it with a failure, so that whatever started it starts it again.
import type { Logger } from "pino";

export type LaneName = "metrics" | "events" | "results";

/** Told by a lane that ended although nobody stopped it. */
export type LaneEnded = (lane: LaneName, cause: unknown) => void;

export interface LaneFailure {
  readonly lane: LaneName;
  readonly cause: Error;
}

export interface LaneWatch {
  readonly ended: LaneEnded;
  /** The first lane that ended, if any. */
  failure(): LaneFailure | undefined;
  /** Resolves when a lane has ended; while all are well, never. */
  readonly failed: Promise<LaneFailure>;
}

/** The reader of a lane came to an end, which a stream does not have. */
export class LaneStreamEnded extends Error {
  override readonly name = "LaneStreamEnded";

  constructor() {
    super("the broker gives no more messages of this lane");
  }
}

export function watchLanes(log: Logger): LaneWatch {
  const { promise: failed, resolve } = Promise.withResolvers<LaneFailure>();
  let first: LaneFailure | undefined;
  return {
    ended(lane, reason) {
      const cause = reason instanceof Error ? reason : new Error(String(reason));
      log.error({ err: cause, lane }, `lane ${lane} ended: the hub cannot go on without it`);
      first ??= { lane, cause };
      resolve(first);
    },
    failure: () => first,
    failed,
  };
}
