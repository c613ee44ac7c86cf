// The hub's parts that campaigns need, without HTTP: real broker, database, runs and profiles, agents by their wire, and judges that
// say what a test wants them to.
import type { NatsConnection } from "@nats-io/transport-node";
import {
  type AgentId,
  type Campaign,
  type CampaignId,
  type Profile,
  type ProfileSpec,
  type RunFinal,
  type RunId,
  type Verdict,
} from "@tidemark/proto";
import { type Campaigns, type CampaignsDeps, startCampaigns } from "../src/campaigns/campaigns.ts";
import type { CampaignLimits } from "../src/campaigns/limits.ts";
import type { RunControl } from "../src/load/runs.ts";
import { type Profiles, openProfiles } from "../src/state/profiles.ts";
import { type CampaignStore, openCampaignStore } from "../src/store/campaigns.ts";
import { type LoadAgent, finalOf } from "./load-agent.ts";
import { type LoadHub, startLoadHub } from "./load-hub.ts";
import { until } from "./metrics-source.ts";
import { silent } from "./store-engines.ts";

/** A lease in the test's hand. */
export function handLeader(leads = true) {
  const listeners = new Set<(leads: boolean) => void>();
  let isLeader = leads;
  return {
    isLeader: () => isLeader,
    onChange(listener: (leads: boolean) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set(next: boolean) {
      isLeader = next;
      for (const listener of listeners) listener(next);
    },
  };
}

export interface CampaignHub {
  readonly load: LoadHub;
  readonly profiles: Profiles;
  readonly store: CampaignStore;
  /** A profile on one agent of its own, against a target of its own. */
  profile(agent: LoadAgent, spec?: Partial<ProfileSpec>): Promise<Profile>;
  campaigns(runs: RunControl, change?: CampaignsChange): Promise<Campaigns>;
  stop(): Promise<void>;
}

export interface CampaignsChange {
  readonly store?: CampaignStore;
  readonly profiles?: CampaignsDeps["profiles"];
  readonly leader?: ReturnType<typeof handLeader>;
  readonly limits?: Partial<CampaignLimits>;
  readonly verdictsOf?: (campaign: Campaign) => Promise<readonly Verdict[]>;
  readonly onJudged?: CampaignsDeps["onJudged"];
  readonly changed?: (campaign: Campaign) => void;
}

/** As quick as a test. */
const quick: Partial<CampaignLimits> = {
  settleMs: 0,
  settledMs: 0,
  awayMs: 0,
  lookAgainMs: 20,
  lookAgainMsMax: 50,
  storeAgainMs: 20,
  lookMs: 200,
};

export async function startCampaignHub(): Promise<CampaignHub> {
  const load = await startLoadHub("embedded");
  const connection: NatsConnection = load.connection;
  const profiles = await openProfiles(connection);
  let port = 10_000;
  const store = openCampaignStore(load.opened.database, Date.now);
  return {
    load,
    profiles,
    store,
    profile: (agent, spec = {}) =>
      profiles.create(
        {
          name: `profile ${(port += 1)}`,
          load: { target: `http://127.0.0.1:${port}/`, ratePerSecond: 10, durationSeconds: 1 },
          placement: { agents: [agent.id] },
          ...spec,
        },
        "ann",
      ),
    campaigns: (runs, change = {}) =>
      startCampaigns({
        connection,
        store: change.store ?? store,
        profiles: change.profiles ?? profiles,
        runs,
        leader: change.leader ?? handLeader(),
        agentsOf: ({ agents = [] }) => agents as AgentId[],
        judged: async () => ({ validity: { level: "valid", findings: [] } }),
        onJudged: change.onJudged ?? (() => () => undefined),
        verdictsOf: change.verdictsOf ?? (async () => []),
        changed: change.changed ?? (() => undefined),
        now: Date.now,
        limits: { ...quick, ...change.limits },
        log: silent,
      }),
    async stop() {
      await profiles.stop();
      await load.stop();
    },
  };
}

/** From now on the agent carries out every run at once, with these finals; `endless` ones wait for a cancel. */
export function carriesOut(
  agent: LoadAgent,
  finalFor: (run: RunId, nth: number) => Partial<RunFinal> | "endless" = () => ({}),
): void {
  const begun = new Set<RunId>();
  agent.reply = async (task) => {
    if (task.kind === "run") {
      const run = task.run as RunId;
      begun.add(run);
      const final = finalFor(run, begun.size);
      if (final !== "endless") soon(agent, run, finalOf(0, [1_000], final));
    }
    if (task.kind === "cancel")
      soon(
        agent,
        task.run as RunId,
        finalOf(0, [1_000], { state: "cancelled", cause: "cancelled" }),
      );
    return { ok: true };
  };
}

/** After the answer to the task. */
function soon(agent: LoadAgent, run: RunId, final: RunFinal): void {
  setImmediate(() => void agent.final(run, final));
}

/** Runs that the agent was told to carry out, in order. */
export const runsOf = (agent: LoadAgent) => agent.tasksOf("run").map(({ run }) => run as RunId);

export function endOf(campaigns: Pick<Campaigns, "get">, id: string): Promise<Campaign> {
  return until(
    `the end of campaign ${id}`,
    async () => {
      const campaign = await campaigns.get(id as CampaignId);
      return (campaign?.endedAtMs ?? null) === null ? undefined : campaign;
    },
    20_000,
  );
}
