// Does what was decided of one schedule, once: the decision is written down, carried out by ids that follow from it, and written down
// as done. Whatever is repeated after a crash finds what is there.
import {
  type Campaign,
  type CampaignId,
  type Firing,
  type NewCampaign,
  type Profile,
  type ProfileId,
  isCampaignId,
  isProfileId,
} from "@tidemark/proto";
import type { Logger } from "pino";
import type { MadeBy, StartedCampaign } from "../campaigns/campaigns.ts";
import type { ScheduleRecord, ScheduleTables } from "../state/schedules.ts";
import type { FiringStore } from "../store/firings.ts";
import { decide } from "./decide.ts";
import type { OpenFiring, Progress } from "./progress.ts";

export interface FiringDeps {
  readonly tables: ScheduleTables;
  readonly store: Pick<FiringStore, "save">;
  readonly campaigns: {
    start(profile: Profile, request: NewCampaign, by: MadeBy): Promise<StartedCampaign>;
    get(id: CampaignId): Promise<Campaign | undefined>;
    cancel(id: CampaignId, user: string): Promise<Campaign | undefined>;
  };
  readonly profiles: { revision(id: ProfileId): Promise<Profile | undefined> };
  readonly leader: { isLeader(): boolean; term(): number | undefined };
  readonly now: () => number;
  readonly failed: (schedule: ScheduleRecord, firing: Firing) => void;
  readonly log: Logger;
}

/** A start that keeps throwing is tried again so long, then has failed. */
const startTriedMs = 600_000;

/** The user of what a schedule does. */
export const scheduleUser = "schedule";

/** One look at one schedule by the leader; what it leaves open is looked at again. */
export async function look(
  deps: FiringDeps,
  schedule: ScheduleRecord,
): Promise<Progress | undefined> {
  const term = deps.leader.term();
  if (term === undefined) return undefined;
  const { id } = schedule;
  const ended = await endedOf(deps, deps.tables.progress.get(id)?.open ?? []);
  const decided = await write(deps, schedule, term, (progress) =>
    decide(schedule, progress, { nowMs: deps.now(), term, ended }),
  );
  if (decided === undefined) return undefined;
  const done = new Map<string, OpenFiring | undefined>();
  // One after the other: what is cancelled makes room for what starts.
  for (const firing of decided.open) {
    if (!deps.leader.isLeader()) break;
    const next = await carriedOut(deps, schedule, firing);
    if (next !== firing) done.set(firing.id, next);
  }
  if (done.size === 0) return decided;
  return await write(deps, schedule, term, (progress) =>
    progress === undefined
      ? undefined
      : {
          ...progress,
          term,
          open: progress.open.flatMap((firing) => {
            if (!done.has(firing.id)) return [firing];
            const next = done.get(firing.id);
            return next === undefined ? [] : [next];
          }),
        },
  );
}

/** Undefined when nothing was written: another leads with a higher term, or the schedule is gone. */
async function write(
  { tables }: FiringDeps,
  { id }: ScheduleRecord,
  term: number,
  next: (progress: Progress | undefined) => Progress | undefined,
): Promise<Progress | undefined> {
  let isFenced = false;
  const written = await tables.progress.change(id, (progress) => {
    isFenced = (progress?.term ?? 0) > term || tables.schedules.get(id) === undefined;
    if (isFenced) return undefined;
    const after = next(progress);
    return after !== undefined && isSame(progress, after) ? undefined : after;
  });
  return isFenced ? undefined : written;
}

const isSame = (before: Progress | undefined, after: Progress) =>
  before !== undefined && JSON.stringify(before) === JSON.stringify(after);

async function endedOf(
  { campaigns, log }: FiringDeps,
  open: readonly OpenFiring[],
): Promise<ReadonlySet<string>> {
  const ended = new Set<string>();
  for (const { id, state } of open) {
    if ((state !== "started" && state !== "cancelling") || !isCampaignId(id)) continue;
    try {
      const campaign = await campaigns.get(id);
      if (campaign === undefined || campaign.endedAtMs !== null) ended.add(id);
    } catch (err) {
      log.warn({ err, campaign: id }, "campaign of a firing not read");
    }
  }
  return ended;
}

/** What it is afterwards: undefined once nothing is left to do, itself when nothing could be done. */
async function carriedOut(
  deps: FiringDeps,
  schedule: ScheduleRecord,
  firing: OpenFiring,
): Promise<OpenFiring | undefined> {
  try {
    switch (firing.state) {
      case "claimed":
        return await start(deps, schedule, firing);
      case "cancelling":
        if (isCampaignId(firing.id)) await deps.campaigns.cancel(firing.id, scheduleUser);
        return firing;
      case "over":
        await record(deps, schedule, firing);
        return undefined;
      case "queued":
      case "started":
        if (firing.isRecorded) return firing;
        await record(deps, schedule, firing);
        return { ...firing, isRecorded: true };
    }
  } catch (err) {
    deps.log.warn({ err, schedule: schedule.id, firing: firing.id }, "firing not carried out");
    return firing;
  }
}

async function start(
  deps: FiringDeps,
  schedule: ScheduleRecord,
  firing: OpenFiring,
): Promise<OpenFiring | undefined> {
  const cause = await startFault(deps, schedule, firing);
  const atMs = deps.now();
  if (cause === undefined) {
    await record(deps, schedule, firing);
    return { ...firing, state: "started", stateAtMs: atMs, isRecorded: true };
  }
  const failed = await record(deps, schedule, { ...firing, outcome: "failed", cause });
  deps.log.warn({ schedule: schedule.id, firing: firing.id, cause }, "firing failed");
  deps.failed(schedule, failed);
  return undefined;
}

/** Why its campaign did not start; throws while that may be tried again. */
async function startFault(
  { profiles, campaigns, now }: FiringDeps,
  { id: schedule, spec }: ScheduleRecord,
  { id, stateAtMs }: OpenFiring,
): Promise<string | undefined> {
  try {
    const profile = isProfileId(spec.profile) ? await profiles.revision(spec.profile) : undefined;
    if (profile === undefined) return `there is no profile ${spec.profile}`;
    if (!isCampaignId(id)) return "its id is none";
    const { variants } = spec;
    const request = variants === undefined ? {} : { variants };
    const outcome = await campaigns.start(profile, request, { user: scheduleUser, id, schedule });
    return outcome.kind === "refused" ? outcome.reason : undefined;
  } catch (cause) {
    if (now() - stateAtMs < startTriedMs) throw cause;
    return `it could not be started within ${startTriedMs / 60_000} min`;
  }
}

async function record(
  { store }: FiringDeps,
  { id: schedule }: ScheduleRecord,
  { id, dueAtMs, startsAtMs, isManual, outcome, cause }: OpenFiring,
): Promise<Firing> {
  const campaign = outcome === "started" ? id : null;
  const firing = {
    id,
    schedule,
    dueAtMs,
    startsAtMs,
    outcome,
    cause: cause.slice(0, 512),
    campaign,
    isManual,
  };
  await store.save([firing]);
  return firing;
}
