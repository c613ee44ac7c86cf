// Schedules as the rest of the hub sees them: kept, changed, looked ahead of, run now. Any hub keeps them; the one that leads fires.
import { randomUUID } from "node:crypto";
import {
  type Calendar,
  type CampaignId,
  type Firing,
  type Profile,
  type ProfileId,
  type Schedule,
  type ScheduleId,
  type ScheduleList,
  type SchedulePreview,
  type ScheduleSpec,
  isProfileId,
  newId,
  parseSelector,
  scheduleLimits,
  wordsOf,
} from "@tidemark/proto";
import { RequestRefused } from "../errors.ts";
import type { Leader } from "../leader/leader.ts";
import { variantsOf } from "../profiles/variants.ts";
import { derivedId } from "../state/derived-id.ts";
import type { ScheduleRecord } from "../state/schedules.ts";
import type { FiringStore } from "../store/firings.ts";
import { type CalendarDeps, openCalendar } from "./calendar-reading.ts";
import { type Timing, startsAhead } from "./due.ts";
import type { FiringDeps } from "./firing.ts";
import { previewOf, shownAhead, timingFault } from "./preview.ts";
import { type TickingDeps, startTicking } from "./ticking.ts";

/** All of them throw RequestRefused for what cannot be done. */
export interface Schedules {
  list(): Promise<ScheduleList>;
  get(id: ScheduleId): Promise<Schedule | undefined>;
  create(spec: ScheduleSpec, user: string): Promise<Schedule>;
  /** Undefined when there is no such schedule, here and below. */
  change(id: ScheduleId, spec: ScheduleSpec): Promise<Schedule | undefined>;
  /** Campaigns it has started go on; what waits is forgotten. */
  remove(id: ScheduleId): Promise<boolean>;
  /** At once, whatever is paused, blacked out or under way. The same key starts once. */
  runNow(id: ScheduleId, user: string, key?: string): Promise<Firing | undefined>;
  firings(id: ScheduleId, limit: number): Promise<readonly Firing[] | undefined>;
  preview(timing: Timing): SchedulePreview;
  calendar(fromMs: number, untilMs: number): Promise<Calendar>;
  /** A firing did not start its runs. Told by the hub that leads, at least once. */
  onFailed(listener: (schedule: ScheduleRecord, firing: Firing) => void): () => void;
  stop(): Promise<void>;
}

export interface SchedulesDeps extends Omit<TickingDeps, "failed" | "store"> {
  readonly store: FiringStore;
  readonly campaigns: FiringDeps["campaigns"] & CalendarDeps["campaigns"];
  readonly campaignStore: CalendarDeps["campaignStore"];
  readonly profiles: FiringDeps["profiles"] & {
    get(id: ProfileId): { readonly name: string } | undefined;
  };
  readonly leader: TickingDeps["leader"] & Pick<Leader, "current">;
  readonly agentsOf: CalendarDeps["agentsOf"];
}

/** Firings of users that are open at once, for one schedule. */
const manualMax = 50;

export function startSchedules(deps: SchedulesDeps): Schedules {
  const { tables, store, campaigns, profiles, leader, now } = deps;
  const { schedules, progress } = tables;
  const listeners = new Set<(schedule: ScheduleRecord, firing: Firing) => void>();
  const ticking = startTicking({
    ...deps,
    failed(schedule, firing) {
      for (const listener of listeners) listener(schedule, firing);
    },
  });
  const calendar = openCalendar(deps);

  const profileOf = async (id: string) => (isProfileId(id) ? profiles.revision(id) : undefined);

  const nameOf = (id: string) => (isProfileId(id) ? profiles.get(id)?.name : undefined) ?? "";

  /** Throws for the first field that cannot be kept. */
  async function check(spec: ScheduleSpec): Promise<void> {
    const profile = await profileOf(spec.profile);
    if (profile === undefined)
      throw new RequestRefused("not-found", `there is no profile ${spec.profile}`, {
        field: "/profile",
      });
    if (profile.archivedAtMs !== null)
      throw new RequestRefused(
        "conflict",
        `the profile ${profile.spec.name} is archived: restore it first`,
        { field: "/profile" },
      );
    const fault = variantsFault(profile, spec.variants) ?? timingFault(spec, now());
    if (fault !== undefined)
      throw new RequestRefused("invalid-request", fault.reason, { field: fault.field });
  }

  function view(record: ScheduleRecord, lastFiring: Firing | undefined): Schedule {
    const { id, spec, activeFromMs } = record;
    const isPaused = spec.paused === true;
    const ahead = isPaused
      ? []
      : startsAhead(id, spec, { fromMs: now(), count: shownAhead, activeFromMs }).starts;
    return {
      id,
      spec,
      profileName: nameOf(spec.profile),
      createdAtMs: record.createdAtMs,
      createdBy: record.createdBy,
      changedAtMs: record.changedAtMs,
      words: wordsOf(spec.cron),
      nextMs: ahead.map(({ startsAtMs }) => startsAtMs),
      lastFiring: lastFiring ?? null,
    };
  }

  async function viewed(record: ScheduleRecord): Promise<Schedule> {
    const [last] = await store.latest([record.id]);
    return view(record, last);
  }

  const recordOf = async (id: ScheduleId) => schedules.get(id) ?? (await schedules.fetch(id));

  return {
    async list() {
      const records = Array.from(schedules.entries(), ([, record]) => record).toSorted(
        (one, other) => one.spec.name.localeCompare(other.spec.name, "en"),
      );
      const latest = await store.latest(records.map(({ id }) => id));
      const last = new Map(latest.map((firing) => [firing.schedule, firing]));
      const leads = leader.current();
      return {
        items: records.map((record) => view(record, last.get(record.id))),
        leader: leads === undefined ? null : { hub: leads.hub, sinceMs: leads.sinceMs },
      };
    },
    async get(id) {
      const record = await recordOf(id);
      return record === undefined ? undefined : await viewed(record);
    },
    async create(spec, user) {
      await check(spec);
      if (schedules.size >= scheduleLimits.schedulesMax)
        throw new RequestRefused(
          "conflict",
          `${scheduleLimits.schedulesMax} schedules exist, no more fit: remove one first`,
        );
      const atMs = now();
      const times = { createdAtMs: atMs, changedAtMs: atMs, activeFromMs: atMs };
      const record = { id: newId<ScheduleId>(), spec, createdBy: user, ...times };
      await schedules.create(record.id, record);
      return view(record, undefined);
    },
    async change(id, spec) {
      await check(spec);
      const atMs = now();
      const record = await schedules.change(
        id,
        (before) =>
          before && {
            ...before,
            spec,
            changedAtMs: atMs,
            activeFromMs: isTimedAnew(before.spec, spec) ? atMs : before.activeFromMs,
          },
      );
      return record === undefined ? undefined : await viewed(record);
    },
    async remove(id) {
      if ((await recordOf(id)) === undefined) return false;
      await schedules.remove(id);
      await progress.remove(id);
      return true;
    },
    async runNow(id, user, key = randomUUID()) {
      const record = await recordOf(id);
      if (record === undefined) return undefined;
      const { spec } = record;
      const profile = await profileOf(spec.profile);
      if (profile === undefined)
        throw new RequestRefused(
          "conflict",
          `its profile ${spec.profile} is gone: give it another`,
        );
      const firingId = derivedId<CampaignId>("manual", id, key);
      const waiting = (progress.get(id)?.open ?? []).filter(({ isManual }) => isManual);
      if (waiting.length >= manualMax)
        throw new RequestRefused("too-many-requests", `${manualMax} runs of it are under way`);
      const request = spec.variants === undefined ? {} : { variants: spec.variants };
      const by = { user, id: firingId, schedule: id };
      const outcome = await campaigns.start(profile, request, by);
      if (outcome.kind === "refused") {
        const { code, reason, field } = outcome;
        throw new RequestRefused(code, reason, { field });
      }
      const { createdAtMs: atMs, endedAtMs } = outcome.campaign;
      const said = { outcome: "started", cause: `run now by ${user}`, isManual: true } as const;
      const times = { id: firingId, dueAtMs: atMs, startsAtMs: atMs };
      const firing: Firing = { ...times, ...said, schedule: id, campaign: firingId };
      await store.save([firing]);
      const open = {
        ...times,
        ...said,
        state: "started",
        stateAtMs: atMs,
        isRecorded: true,
      } as const;
      // For the overlap policy: what a user started is under way too.
      await progress.change(id, (before) => {
        if (endedAtMs !== null || before?.open.some((each) => each.id === firingId))
          return undefined;
        const { term = 0, untilMs = record.activeFromMs } = before ?? {};
        return { term, untilMs, open: [...(before?.open ?? []), open] };
      });
      return firing;
    },
    async firings(id, limit) {
      return (await recordOf(id)) === undefined ? undefined : await store.ofSchedule(id, limit);
    },
    preview(timing) {
      const fault = timingFault(timing, now());
      if (fault !== undefined)
        throw new RequestRefused("invalid-request", fault.reason, { field: fault.field });
      return previewOf(timing, now());
    },
    calendar,
    onFailed(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => ticking.stop(),
  };
}

/** What was due before the change under the new timing never was; a pause that ends does not bring back what it skipped. */
function isTimedAnew(before: ScheduleSpec, after: ScheduleSpec): boolean {
  const timing = ({ cron, timeZone, jitterSeconds }: ScheduleSpec) =>
    JSON.stringify([cron, timeZone, jitterSeconds]);
  const isResumed = before.paused === true && after.paused !== true;
  return isResumed || timing(before) !== timing(after);
}

function variantsFault({ spec }: Profile, selector: string | undefined) {
  if (selector === undefined) return undefined;
  const parsed = parseSelector(selector);
  if (parsed.kind === "faulty") return { field: "/variants", reason: parsed.reason };
  if (variantsOf(spec, selector).length > 0) return undefined;
  return { field: "/variants", reason: `no variant of ${spec.name} matches ${selector}` };
}
