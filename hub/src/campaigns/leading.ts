// What the hub that leads does with campaigns: takes up those that have not ended, and carries each on as soon as nothing is in its
// way. Whatever was under way when a leader went is taken up by the next one.
import type { CampaignId } from "@tidemark/proto";
import type { Logger } from "pino";
import type { RunEvidence } from "../evidence/evidence.ts";
import type { Leader } from "../leader/leader.ts";
import type { CampaignCancels } from "../state/campaign-cancels.ts";
import type { CampaignStore, StoredCampaign } from "../store/campaigns.ts";
import { type KnownCampaign, openChanges } from "./known.ts";
import { type CampaignClaim, behind, isBefore } from "./queue.ts";
import { type SequencerDeps, carryOn } from "./sequencer.ts";
import { hasEnded, judgedStep, waiting } from "./steps.ts";

export interface LeadingDeps extends Omit<SequencerDeps, "change"> {
  readonly store: Pick<CampaignStore, "save" | "unended">;
  readonly leader: Pick<Leader, "isLeader" | "onChange">;
  readonly cancels: CampaignCancels;
  readonly claimOf: (record: StoredCampaign) => Promise<CampaignClaim>;
  /** Told of every judgement of a run, also of one that is other than before. */
  readonly onJudged: (listener: (evidence: RunEvidence) => void) => () => void;
  readonly changed: (record: StoredCampaign) => void;
  readonly ended: (record: StoredCampaign) => void;
  readonly log: Logger;
}

export interface Leading {
  /** As this hub has it in mind; undefined while another carries it on, and once it has ended. */
  get(id: CampaignId): StoredCampaign | undefined;
  /** A campaign was stored here; does nothing unless this hub leads. */
  made(record: StoredCampaign): Promise<void>;
  stop(): Promise<void>;
}

/** Campaigns that ended lately; a look lasts no longer than a few of them. */
const overMax = 1_000;

export function startLeading(deps: LeadingDeps): Leading {
  const { store, leader, cancels, limits, log } = deps;
  let term = newTerm();
  const carrying = new Set<Promise<void>>();
  let looks = 0;

  function newTerm() {
    const end = new AbortController();
    const { changed } = deps;
    const change = openChanges({
      store,
      signal: end.signal,
      storeAgainMs: limits.storeAgainMs,
      changed,
      log,
    });
    const known = new Map<CampaignId, KnownCampaign>();
    // A look that began before a campaign's end must not take it up again: the latest of them.
    return { end, change, known, over: new Set<CampaignId>() };
  }

  async function takeUp(record: StoredCampaign, current: typeof term): Promise<void> {
    const { known, end, over } = current;
    if (known.has(record.id)) return;
    const claim = await deps.claimOf(record);
    if (known.has(record.id) || over.has(record.id) || end.signal.aborted) return;
    const cancelledBy = cancels.get(record.id);
    const cancelled = new AbortController();
    if (cancelledBy !== undefined) cancelled.abort();
    known.set(record.id, {
      ...claim,
      record,
      cancelledBy,
      cancelled,
      judging: new Set(),
      isCarried: false,
    });
  }

  /** Begins what nothing is in the way of. */
  function advance(): void {
    const those = [...term.known.values()].toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
    for (const one of those) {
      if (one.isCarried) continue;
      const before = one.cancelledBy === undefined ? behind(one, those) : undefined;
      if (before === undefined) carry(one);
      else wait(one, `waits for campaign ${before.id} on the same agents or target`);
    }
  }

  function wait(one: KnownCampaign, cause: string): void {
    if (one.record.cause === cause) return;
    keep(term.change(one, (record) => waiting(record, cause)));
  }

  function carry(one: KnownCampaign): void {
    one.isCarried = true;
    const { end, change, known, over } = term;
    keep(
      carryOn(one, { ...deps, change }, end.signal).then(async () => {
        if (end.signal.aborted || !hasEnded(one.record)) return;
        known.delete(one.id);
        over.add(one.id);
        for (const oldest of over) if (over.size > overMax) over.delete(oldest);
        log.info({ campaign: one.id, state: one.record.state }, "campaign ended");
        deps.ended(one.record);
        advance();
        await cancels.remove(one.id);
      }),
      // Begun anew from the record at the next look.
      () => known.delete(one.id),
    );
  }

  function keep(work: Promise<void>, failed: () => void = () => undefined): void {
    const { signal } = term.end;
    const kept = work
      .catch((err: unknown) => {
        // Whoever leads next goes on from what is stored.
        if (signal.aborted) return;
        log.error({ err }, "campaign troubled");
        failed();
      })
      .finally(() => carrying.delete(kept));
    carrying.add(kept);
  }

  async function look(): Promise<void> {
    const current = term;
    if (!leader.isLeader()) return;
    for (const record of await store.unended()) await takeUp(record, current);
    if (current === term) advance();
  }

  function lookSoon(): void {
    looks += 1;
    keep(
      look().finally(() => {
        looks -= 1;
      }),
    );
  }

  const unheard = leader.onChange((leads) => {
    term.end.abort();
    term = newTerm();
    if (leads) lookSoon();
  });
  const unasked = cancels.onAsked((id, user) => {
    const one = term.known.get(id);
    if (one === undefined || one.cancelledBy !== undefined) return;
    one.cancelledBy = user;
    one.cancelled.abort();
    advance();
  });
  const unjudged = deps.onJudged(({ run, origin, validity: { level } }) => {
    const one = origin && term.known.get(origin.campaign);
    const step = one?.record.steps.find((each) => each.run === run);
    // The first judgement is waited for where the step is carried out.
    if (one === undefined || (step?.validity ?? level) === level) return;
    keep(term.change(one, (record) => judgedStep(record, run, level)));
  });
  lookSoon();
  const timer = setInterval(() => {
    // While the database is slow or away, one look waits for it.
    if (looks === 0) lookSoon();
  }, limits.lookMs);

  return {
    get: (id) => term.known.get(id)?.record,
    async made(record) {
      if (!leader.isLeader()) return;
      const { id } = record;
      // It is stored: its maker must not make it again because it could not be begun at once.
      await takeUp(record, term).catch((err: unknown) => {
        log.warn({ err, campaign: id }, "campaign taken up at the next look");
      });
      advance();
    },
    async stop() {
      clearInterval(timer);
      unheard();
      unasked();
      unjudged();
      term.end.abort();
      await Promise.all(carrying);
    },
  };
}
