// What came of a firing, in words, and what is to be thought of it. Pure.
import type { FiringOutcome } from "@tidemark/proto";

interface Said {
  readonly words: string;
  readonly tone: "good" | "warn" | "bad" | "muted";
}

export const outcomes: Readonly<Record<FiringOutcome, Said>> = {
  started: { words: "started", tone: "good" },
  queued: { words: "waits for the one before", tone: "muted" },
  "skipped-overlap": { words: "skipped: the one before still ran", tone: "warn" },
  "skipped-blackout": { words: "skipped: blackout", tone: "muted" },
  "skipped-missed": { words: "missed while no hub ran", tone: "warn" },
  "skipped-paused": { words: "skipped: paused", tone: "muted" },
  failed: { words: "could not start", tone: "bad" },
};
