// Gathers what a calendar is made of: campaigns and firings from the database, profiles for lengths and what they hold.
import {
  type AgentId,
  type Calendar,
  type Campaign,
  type Placement,
  type Profile,
  isProfileId,
  scheduleLimits,
} from "@tidemark/proto";
import type { Held } from "../campaigns/queue.ts";
import { RequestRefused } from "../errors.ts";
import { variantsOf } from "../profiles/variants.ts";
import type { ScheduleRecord } from "../state/schedules.ts";
import type { CampaignStore } from "../store/campaigns.ts";
import type { FiringStore } from "../store/firings.ts";
import { calendarOf } from "./calendar.ts";
import type { FiringDeps } from "./firing.ts";

const dayMs = 86_400_000;
/** A campaign that was made so long before may still reach into the window. */
const reachMs = 2 * dayMs;

export interface CalendarDeps extends Pick<FiringDeps, "tables" | "profiles" | "now"> {
  readonly store: Pick<FiringStore, "between">;
  readonly campaignStore: Pick<CampaignStore, "between">;
  readonly campaigns: {
    expectedMs(profile: Profile, request: { readonly variants?: string }): number;
  };
  /** Whom a placement means now. */
  readonly agentsOf: (placement: Placement) => readonly AgentId[];
}

export function openCalendar(
  deps: CalendarDeps,
): (fromMs: number, untilMs: number) => Promise<Calendar> {
  return async (fromMs, untilMs) => {
    if (untilMs <= fromMs)
      throw new RequestRefused("invalid-request", "it ends before it begins", {
        field: "/untilMs",
      });
    const days = scheduleLimits.calendarDaysMax;
    if (untilMs - fromMs > days * dayMs)
      throw new RequestRefused("invalid-request", `a calendar spans ${days} days at most`, {
        field: "/untilMs",
      });
    const limit = scheduleLimits.calendarEntriesMax + 1;
    const schedules = Array.from(deps.tables.schedules.entries(), ([, record]) => record);
    const [campaigns, firings] = await Promise.all([
      deps.campaignStore.between(Math.max(0, fromMs - reachMs), untilMs, limit),
      // By when they were due; what starts with jitter was due a little before.
      deps.store.between(
        Math.max(0, fromMs - scheduleLimits.jitterSecondsMax * 1_000),
        untilMs,
        limit,
      ),
    ]);
    const profiles = await profilesOf(deps, [
      ...schedules.map(({ spec }) => spec.profile),
      ...campaigns.filter(({ endedAtMs }) => endedAtMs === null).map(({ profile }) => profile.id),
    ]);
    const calendar = calendarOf({
      fromMs,
      untilMs,
      nowMs: deps.now(),
      schedules,
      campaigns,
      firings,
      expectedMs({ spec }) {
        const profile = profiles.get(spec.profile);
        return profile === undefined ? 0 : deps.campaigns.expectedMs(profile, variantsIn(spec));
      },
      heldBySchedule: ({ spec }) => heldBy(deps, profiles.get(spec.profile), spec.variants),
      heldByCampaign: ({ profile, endedAtMs }: Campaign) =>
        endedAtMs === null ? heldBy(deps, profiles.get(profile.id), undefined) : undefined,
    });
    const isCut = campaigns.length === limit || firings.length === limit;
    return { ...calendar, isCut: calendar.isCut || isCut };
  };
}

async function profilesOf(
  { profiles }: CalendarDeps,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Profile>> {
  const found = await Promise.all(
    [...new Set(ids)].filter(isProfileId).map((id) => profiles.revision(id)),
  );
  return new Map(
    found.filter((profile) => profile !== undefined).map((profile) => [profile.id, profile]),
  );
}

function heldBy(
  { agentsOf }: CalendarDeps,
  profile: Profile | undefined,
  variants: string | undefined,
): Held | undefined {
  if (profile === undefined) return undefined;
  const { spec } = profile;
  const targets = variantsOf(spec, variants).map(({ target }) => target ?? spec.load.target);
  return {
    agents: agentsOf(spec.placement),
    targets: [...new Set(targets)],
    mayShare: spec.load.mayShare === true,
  };
}

const variantsIn = ({ variants }: ScheduleRecord["spec"]) =>
  variants === undefined ? {} : { variants };
