// A campaign the leader has in mind: its record, stored change by change, and what reaches it from outside.
import type { Logger } from "pino";
import type { CampaignStore, StoredCampaign } from "../store/campaigns.ts";
import type { CampaignClaim } from "./queue.ts";
import { pause } from "../pause.ts";

export interface KnownCampaign extends CampaignClaim {
  record: StoredCampaign;
  /** The user who asked for its end. */
  cancelledBy: string | undefined;
  /** Aborted when its end is asked for: whoever waits looks again. */
  readonly cancelled: AbortController;
  /** Validities that are still to come. */
  readonly judging: Set<Promise<void>>;
  isCarried: boolean;
}

/** Takes what is, answers with what is next. */
export type Change = (
  known: KnownCampaign,
  change: (record: StoredCampaign) => StoredCampaign,
) => Promise<void>;

/**
 * Resolves when the new state, or one after it, is stored; while the database is away it is tried again, until `signal` says that the
 * campaign is carried on elsewhere or later: then it throws.
 */
export function openChanges(deps: {
  readonly store: Pick<CampaignStore, "save">;
  readonly signal: AbortSignal;
  readonly storeAgainMs: number;
  readonly changed: (record: StoredCampaign) => void;
  readonly log: Logger;
}): Change {
  const { store, signal, log } = deps;
  const saving = new WeakMap<KnownCampaign, Promise<void>>();

  async function save(known: KnownCampaign): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const { record } = known;
      try {
        await store.save(record);
        return;
      } catch (err) {
        log.warn({ err, campaign: known.id }, "campaign not stored, tried again");
        await pause(deps.storeAgainMs, signal);
      }
    }
  }

  return async (known, change) => {
    signal.throwIfAborted();
    known.record = change(known.record);
    deps.changed(known.record);
    // One after the other: the newest version of a row holds.
    const saved = (saving.get(known) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => save(known));
    saving.set(known, saved);
    await saved;
  };
}
