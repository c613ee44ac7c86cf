// The composition root: opens the hub's parts in the order they need each other and closes them in reverse. Nothing else
// in the hub knows more than the parts it is handed.
import type { Server } from "node:http";
import { join } from "node:path";
import type { AgentId, Task } from "@tidemark/proto";
import type { Logger } from "pino";
import { startAudit } from "./audit.ts";
import { type BrokerOptions, startBroker } from "./broker/broker.ts";
import { startJudging } from "./compose-judging.ts";
import { startSharingParts } from "./compose-sharing.ts";
import type { HubConfig } from "./config.ts";
import { ensureAdmin } from "./first-admin.ts";
import { stateOf } from "./fleet/agent-state.ts";
import { startPresence } from "./fleet/presence.ts";
import { startRenewal } from "./fleet/renewal.ts";
import { createServer } from "./http/server.ts";
import { startEvents } from "./ingest/events.ts";
import { createGaps } from "./ingest/gaps.ts";
import { startIngest } from "./ingest/ingest.ts";
import { createRejections } from "./ingest/rejections.ts";
import { createLive } from "./live.ts";
import { startRuns } from "./load/runs.ts";
import { type LaneFailure, watchLanes } from "./lane-watch.ts";
import { listenAt } from "./listen-at.ts";
import { grantLocalAccess, newLocalSecret } from "./local-access.ts";
import { settings } from "./settings.ts";
import { openBucket } from "./state/bucket.ts";
import { openState } from "./state/state.ts";
import { type DatabaseOptions, openDatabase } from "./store/database.ts";
import { openEventQueries } from "./store/events.ts";
import { migrate } from "./store/migrate.ts";
import { openSampleQueries } from "./store/samples.ts";
import { openSeries } from "./store/series.ts";
import { openUsageQueries } from "./store/usage.ts";
import { openDispatcher } from "./tasks/dispatcher.ts";
import { createTelemetry } from "./telemetry.ts";
import { hubVersion } from "./version.ts";

export interface RunningHub {
  /** Where the hub answers on this machine. */
  readonly url: string;
  /** The password made up for the first user at the first start. */
  readonly initialPassword: string | undefined;
  /** Resolves when a lane has ended by itself: the hub has to be started anew. */
  readonly laneFailed: Promise<LaneFailure>;
  /** Closes everything, last opened first. */
  stop(): Promise<void>;
}

export interface HubOptions {
  /** Hold every HTTP reply against its schema: for tests. */
  readonly checkReplies?: boolean;
}

/** Starts every part; when one fails, those before it are closed and its error is thrown. */
export async function startHub(
  config: HubConfig,
  log: Logger,
  options: HubOptions = {},
): Promise<RunningHub> {
  const now = Date.now;
  const startedAtMs = now();
  await using parts = new AsyncDisposableStack();
  const opened = <T extends { stop(): Promise<void> }>(part: T): T => {
    parts.defer(() => part.stop());
    return part;
  };

  const telemetry = createTelemetry(hubVersion);
  const { rejected, ...rejections } = createRejections(now, telemetry.rejected);
  // The broker is there before the registry, and nobody is known yet.
  let agentOf = (_publicKey: string | undefined): AgentId | null => null;

  const broker = opened(
    await startBroker(
      brokerOptions(config),
      log.child({ part: "broker" }),
      ({ publicKey, reason }) => rejected(agentOf(publicKey), "broker", reason),
    ),
  );
  const { connection } = broker;
  const state = opened(await openState(connection, log.child({ part: "state" })));
  const { agents } = state;
  agentOf = (publicKey) =>
    (publicKey === undefined ? undefined : agents.byKey(publicKey)?.id) ?? null;
  const initialPassword = await ensureAdmin(state.users, config.admin);

  const database = await openDatabase(databaseOptions(config), log.child({ part: "database" }));
  parts.defer(() => database.close());
  await migrate(database, config.retention);
  const series = await openSeries(database);
  const audit = opened(startAudit(database, now, log));

  const dispatcher = opened(
    await openDispatcher({ connection, bucket: await openBucket(connection, "tasks"), now }),
  );
  const tell = (agent: AgentId, task: Task) => {
    dispatcher.send(agent, task).then(
      (delivery) => log.debug({ agent, task: task.kind, delivery }, "task sent"),
      (err: unknown) => log.warn({ err, agent, task: task.kind }, "task not sent"),
    );
  };
  const live = createLive(now);
  const lanes = watchLanes(log);
  const bucket = await openBucket(connection, "ingest");
  const ingest = opened(
    await startIngest({
      connection,
      database,
      series,
      bucket,
      agents,
      rejected,
      askSeries: (agent, hash) => tell(agent, { kind: "series", hash }),
      stored: live.stored,
      now,
      telemetry: telemetry.ingest,
      laneEnded: lanes.ended,
      log: log.child({ part: "ingest" }),
    }),
  );
  opened(
    await startEvents({
      connection,
      database,
      bucket,
      agents,
      rejected,
      laneEnded: lanes.ended,
      log: log.child({ part: "events" }),
    }),
  );
  // Before presence, which asks it about every agent it shows.
  const gaps = createGaps({
    missing: (agent, boot, first, next) => ingest.missing(agent, boot, first, next),
    askReplay: (agent, boot, { first, last }) =>
      tell(agent, { kind: "replay", boot, firstSeq: first, lastSeq: last }),
    now,
  });
  const presence = opened(
    startPresence({
      connection,
      agents,
      missingBatches: (agent) => gaps.missingBatches(agent),
      now,
      rejected,
    }),
  );
  presence.onBeat((agent, beat) => gaps.heard(agent, beat));
  presence.onState(live.agentChanged);
  const runs = opened(
    await startRuns({
      connection,
      database,
      bucket,
      agents,
      stateOf: (agent) => stateOf(agent, presence.beatOf(agent.id)?.receivedAtMs, now()),
      dispatcher,
      rejected,
      laneEnded: lanes.ended,
      now,
      log: log.child({ part: "runs" }),
    }),
  );
  const events = openEventQueries(database);
  // Known once the server listens; what is told before then names no page.
  let url = "";
  const publicUrl = () => config.http.publicUrl ?? url;
  const samples = { database, series, retention: config.retention, now };
  const judging = await startJudging(
    { connection, state, samples, events, runs, live, telemetry, publicUrl, now, log },
    opened,
  );
  const usage = openUsageQueries(database);
  const sharing = await startSharingParts(
    {
      connection,
      database,
      agents,
      events,
      profiles: state.profiles,
      usage,
      leader: judging.leader,
      evidence: judging.evidence,
      campaigns: judging.campaigns,
      settings: config.sharing,
      telemetry,
      now,
      log,
    },
    opened,
  );
  const stopRenewal = startRenewal({
    presence,
    agents,
    broker,
    send: (agent, task) => dispatcher.send(agent, task),
    now,
    log,
  });
  parts.defer(stopRenewal);
  telemetry.observe({ agents, presence, ingest, live, broker, now });

  const localSecret = newLocalSecret();
  const server = await createServer({
    config: config.http,
    version: hubVersion,
    startedAtMs,
    now,
    log,
    localSecret,
    taskKey: dispatcher.publicKey,
    publicUrl,
    broker,
    ...state,
    presence,
    database,
    samples: openSampleQueries(samples),
    events,
    usage,
    ingest,
    lanes,
    rejections,
    runs,
    ...judging.api,
    sharing,
    live,
    audit,
    telemetry,
    ...options,
  });
  parts.defer(() => server.close());
  const { host, port } = config.http;
  await listenAt(
    server.listen({ host, port }),
    { host, port },
    { host: settings["http.host"].env, port: settings["http.port"].env },
  );
  url = localUrl(config.http, portOf(server.server.address()));
  parts.defer(await grantLocalAccess(config.dataDir, url, localSecret));
  log.info({ url, broker: broker.brokerUrls, version: hubVersion }, "hub started");

  const running = parts.move();
  return { url, initialPassword, laneFailed: lanes.failed, stop: () => running.disposeAsync() };
}

function brokerOptions({ dataDir, nats }: HubConfig): BrokerOptions {
  const { host, port, external, advertise } = nats;
  const told = advertise.length === 0 ? {} : { advertise };
  if (external === undefined) return { dataDir, host, port, ...told };
  const { url, credentialsFile, signingKeyFile, systemCredentialsFile, operatorKeyFile } = external;
  return {
    dataDir,
    host,
    port,
    ...told,
    url,
    credentialsFile,
    ...(signingKeyFile && { signingKeyFile }),
    ...(systemCredentialsFile && { systemCredentialsFile }),
    ...(operatorKeyFile && { operatorKeyFile }),
  };
}

const databaseOptions = ({ dataDir, clickhouse }: HubConfig): DatabaseOptions =>
  clickhouse ?? { path: join(dataDir, "clickhouse") };

function portOf(address: ReturnType<Server["address"]>): number {
  if (typeof address !== "object" || address === null)
    throw new Error("a listening server has an address and a port");
  return address.port;
}

/** A wildcard address is no place to go to; this machine reaches the hub on loopback. */
function localUrl({ host, tls }: HubConfig["http"], port: number): string {
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const name = reachable.includes(":") ? `[${reachable}]` : reachable;
  return `${tls === undefined ? "http" : "https"}://${name}:${port}`;
}
