// The second half of the composition root: what is made of runs. Each is judged when it ends; campaigns make them, schedules make campaigns,
// and other programs are told what came of it.
import { hostname } from "node:os";
import process from "node:process";
import type { NatsConnection } from "@nats-io/transport-node";
import type { Placement } from "@tidemark/proto";
import type { Logger } from "pino";
import { startCampaigns } from "./campaigns/campaigns.ts";
import { expectedMs } from "./campaigns/expected.ts";
import { newsOf } from "./campaigns/news.ts";
import { agentsMeant } from "./campaigns/queue.ts";
import { rerunVerdicts } from "./campaigns/rerun-verdict.ts";
import { startSuspects } from "./campaigns/suspects.ts";
import { startEvidence } from "./evidence/judging.ts";
import { openRunHosts } from "./hosts/run-hosts.ts";
import { openTargetHosts } from "./hosts/target-hosts.ts";
import { startLeader } from "./leader/leader.ts";
import type { Live } from "./live.ts";
import type { RunControl } from "./load/runs.ts";
import { startSchedules } from "./schedules/schedules.ts";
import { openScheduleTables } from "./state/schedules.ts";
import type { State } from "./state/state.ts";
import { openCampaignStore } from "./store/campaigns.ts";
import type { EventQueries } from "./store/events.ts";
import { openEvidenceStore } from "./store/evidence.ts";
import { openFiringStore } from "./store/firings.ts";
import type { QuerySource } from "./store/query-source.ts";
import type { Telemetry } from "./telemetry.ts";
import { worst } from "./verdict/effect.ts";
import { openVerdicts } from "./verdict/verdicts.ts";
import { openDeliveries } from "./webhooks/deliveries.ts";
import { scheduleFailedNews, suspectNews, verdictNews } from "./webhooks/news.ts";

export interface JudgingParts {
  readonly connection: NatsConnection;
  readonly state: State;
  readonly samples: QuerySource;
  readonly events: EventQueries;
  readonly runs: RunControl;
  readonly live: Live;
  readonly telemetry: Telemetry;
  /** Where people find the hub's pages. */
  readonly publicUrl: () => string;
  readonly now: () => number;
  readonly log: Logger;
}

/** `opened` sees to it that a part is stopped, last opened first. */
export async function startJudging(
  parts: JudgingParts,
  opened: <T extends { stop(): Promise<void> }>(part: T) => T,
) {
  const { connection, state, samples, events, runs, live, telemetry, publicUrl, now, log } = parts;
  const { database, series } = samples;
  const { agents } = state;
  const targetHosts = openTargetHosts(events);
  const evidenceStore = openEvidenceStore(database, now);
  const evidence = opened(
    await startEvidence({
      runs,
      database,
      series,
      events,
      targetHosts,
      store: evidenceStore,
      agents,
      telemetry: telemetry.judging,
      now,
      log: log.child({ part: "evidence" }),
    }),
  );
  const leader = opened(
    await startLeader(connection, {
      hub: `${hostname()} ${process.pid}`,
      now,
      log: log.child({ part: "leader" }),
    }),
  );
  const deliveries = opened(
    openDeliveries({
      webhooks: state.webhooks,
      counted: telemetry.webhookDelivery,
      now,
      random: Math.random,
      log: log.child({ part: "webhooks" }),
    }),
  );
  const campaignStore = openCampaignStore(database, now);
  const hostFigures = openRunHosts({ source: samples, runs, agents, targetHosts });
  const verdicts = openVerdicts({
    store: evidenceStore,
    profiles: state.profiles,
    runOf: runs.get,
    campaignOf: campaignStore.find,
    hostFigures,
    expectedMs,
    now,
  });
  const agentsOf = ({ agents: named = [], selector }: Placement) =>
    agentsMeant(named, selector, agents.all());
  const campaigns = opened(
    await startCampaigns({
      connection,
      store: campaignStore,
      profiles: state.profiles,
      runs,
      leader,
      agentsOf,
      judged: evidence.judged,
      onJudged: evidence.onJudged,
      verdictsOf: (campaign) =>
        campaign.comparison === null
          ? rerunVerdicts({ evidence: evidenceStore, profiles: state.profiles }, campaign)
          : verdicts.ofCampaign(campaign),
      changed: (campaign) => live.campaignChanged(newsOf(campaign)),
      now,
      log: log.child({ part: "campaigns" }),
    }),
  );
  campaigns.onEnded((campaign) => {
    const news = verdictNews(campaign, worst, publicUrl());
    if (news !== undefined) deliveries.tell(news);
  });
  opened(
    startSuspects({
      onJudged: evidence.onJudged,
      evidence: evidenceStore,
      campaigns,
      store: campaignStore,
      profiles: state.profiles,
      leader,
      told: (run, rerun) => deliveries.tell(suspectNews(run, rerun, publicUrl())),
      now,
      log: log.child({ part: "suspects" }),
    }),
  );
  const scheduleTables = opened(
    await openScheduleTables(connection, {
      troubled: (what, err) => log.warn({ what, err }, "schedules troubled"),
    }),
  );
  const schedules = opened(
    startSchedules({
      tables: scheduleTables,
      store: openFiringStore(database, now),
      campaigns,
      campaignStore,
      profiles: state.profiles,
      leader,
      agentsOf,
      now,
      log: log.child({ part: "schedules" }),
    }),
  );
  schedules.onFailed(({ id, spec }, { cause }) =>
    deliveries.tell(scheduleFailedNews({ id, name: spec.name, cause }, publicUrl())),
  );
  return {
    api: { campaigns, schedules, deliveries, hostFigures, verdicts },
    leader,
    evidence: evidenceStore,
    campaigns: campaignStore,
  };
}
