// Schedules without the rest of the hub: real broker, lease and tables. Campaigns and firings are kept in buckets of the same broker,
// so that hubs in processes of their own share them as they would share the database.
import type { NatsConnection } from "@nats-io/transport-node";
import {
  type Campaign,
  type CampaignId,
  type Firing,
  type Profile,
  type ProfileId,
  isCampaignId,
} from "@tidemark/proto";
import type { StartedCampaign } from "../src/campaigns/campaigns.ts";
import { type Schedules, type SchedulesDeps, startSchedules } from "../src/schedules/schedules.ts";
import { type Bucket, RevisionConflict, openBucket } from "../src/state/bucket.ts";
import { type ScheduleTables, openScheduleTables } from "../src/state/schedules.ts";
import { silent } from "./store-engines.ts";

export const profileId = "pppppppppppppppp" as ProfileId;
export const profile: Profile = {
  id: profileId,
  revision: 1,
  spec: {
    name: "machine list",
    load: { target: "http://127.0.0.1:1/", ratePerSecond: 10, durationSeconds: 60 },
    placement: { agents: ["aaaaaaaaaaaaaaaa"] },
    variants: [{ labels: { release: "3.5" } }, { labels: { release: "3.6" } }],
  },
  createdAtMs: 0,
  createdBy: "test",
  revisedAtMs: 0,
  revisedBy: "test",
  archivedAtMs: null,
};

export interface Shared {
  readonly campaigns: Bucket;
  readonly firings: Bucket;
}
export async function openShared(connection: NatsConnection): Promise<Shared> {
  return {
    campaigns: await openBucket(connection, "test-campaigns"),
    firings: await openBucket(connection, "test-firings"),
  };
}

export interface Hooks {
  /** Campaigns are over as soon as they have begun. */
  readonly isInstant?: boolean;
  readonly beforeStart?: () => void;
  readonly afterStart?: () => void;
  readonly afterRecord?: () => void;
  /** Refuses instead of starting. */
  readonly refusal?: () => string | undefined;
}

const decode = (value: Uint8Array) => JSON.parse(new TextDecoder().decode(value));
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** Every value of a bucket. */
export async function valuesOf<T>(bucket: Bucket): Promise<T[]> {
  const values: T[] = [];
  for (const key of await bucket.keys()) {
    const held = await bucket.get(key);
    if (held !== undefined) values.push(decode(held.value));
  }
  return values;
}

export type Deps = Pick<SchedulesDeps, "leader" | "now"> & Partial<SchedulesDeps>;

export async function startParts(
  connection: NatsConnection,
  deps: Deps,
  hooks: Hooks = {},
): Promise<{
  schedules: Schedules;
  tables: ScheduleTables;
  shared: Shared;
  stop(): Promise<void>;
}> {
  const shared = await openShared(connection);
  const tables = await openScheduleTables(connection);
  const schedules = startSchedules({
    tables,
    store: storeIn(shared, hooks),
    campaigns: campaignsIn(shared, deps.now, hooks),
    campaignStore: { between: async () => [] },
    profiles: {
      revision: async (id) => (id === profileId ? profile : undefined),
      get: (id) => (id === profileId ? { name: profile.spec.name } : undefined),
    },
    agentsOf: () => [],
    log: silent,
    ...deps,
  });
  return {
    schedules,
    tables,
    shared,
    async stop() {
      await schedules.stop();
      await tables.stop();
    },
  };
}

function campaignsIn(shared: Shared, now: () => number, hooks: Hooks): SchedulesDeps["campaigns"] {
  const get = async (id: CampaignId): Promise<Campaign | undefined> => {
    const held = await shared.campaigns.get(id);
    return held === undefined ? undefined : decode(held.value);
  };
  return {
    get,
    expectedMs: () => 60_000,
    async start(_profile, _request, { id, user, schedule }): Promise<StartedCampaign> {
      if (!isCampaignId(id ?? "") || id === undefined) throw new Error("a firing has an id");
      const reason = hooks.refusal?.();
      if (reason !== undefined)
        return { kind: "refused", code: "conflict", reason, field: undefined };
      hooks.beforeStart?.();
      const campaign = { id, createdBy: user, schedule, createdAtMs: now() };
      const endedAtMs = hooks.isInstant === true ? now() : null;
      try {
        await shared.campaigns.put(id, encode({ ...campaign, endedAtMs }), 0);
      } catch (cause) {
        if (!(cause instanceof RevisionConflict)) throw cause;
      }
      hooks.afterStart?.();
      const made = await get(id);
      if (made === undefined) throw new Error(`campaign ${id} was not kept`);
      return { kind: "started", campaign: made };
    },
    async cancel(id) {
      await endCampaign(shared, id, now());
      return await get(id);
    },
  };
}

export async function endCampaign(shared: Shared, id: string, endedAtMs: number): Promise<void> {
  const held = await shared.campaigns.get(id);
  if (held === undefined) throw new Error(`there is no campaign ${id}`);
  await shared.campaigns.put(id, encode({ ...decode(held.value), endedAtMs }));
}

function storeIn({ firings }: Shared, hooks: Hooks): SchedulesDeps["store"] {
  const all = async () =>
    (await valuesOf<Firing>(firings)).toSorted((one, other) => other.dueAtMs - one.dueAtMs);
  return {
    async save(saved) {
      for (const firing of saved) await firings.put(firing.id, encode(firing));
      hooks.afterRecord?.();
    },
    ofSchedule: async (schedule, limit) =>
      (await all()).filter((firing) => firing.schedule === schedule).slice(0, limit),
    async latest(schedules) {
      const saved = await all();
      const last = schedules.map((id) => saved.find(({ schedule }) => schedule === id));
      return last.filter((firing) => firing !== undefined);
    },
    between: async (fromMs, untilMs) =>
      (await all()).filter(({ dueAtMs }) => dueAtMs >= fromMs && dueAtMs < untilMs),
  };
}
