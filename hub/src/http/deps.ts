// What the HTTP server is given: the hub's other parts, by their own interfaces, and a few facts.
import type { FastifyInstance, RawServerDefault } from "fastify";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyBaseLogger } from "fastify";
import type { Logger } from "pino";
import type { Broker } from "../broker/broker.ts";
import type { Campaigns } from "../campaigns/campaigns.ts";
import type { HubConfig } from "../config.ts";
import type { Presence } from "../fleet/presence.ts";
import type { RunHostFigures } from "../hosts/run-hosts.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { Rejections } from "../ingest/rejections.ts";
import type { LaneWatch } from "../lane-watch.ts";
import type { Live } from "../live.ts";
import type { RunControl } from "../load/runs.ts";
import type { Schedules } from "../schedules/schedules.ts";
import type { Sharing } from "../sharing/sharing.ts";
import type { AgentRegistry } from "../state/agents.ts";
import type { ApiTokens } from "../state/api-tokens.ts";
import type { EnrolmentTokens } from "../state/enrolment.ts";
import type { Profiles } from "../state/profiles.ts";
import type { Sessions } from "../state/sessions.ts";
import type { Users } from "../state/users.ts";
import type { Webhooks } from "../state/webhooks.ts";
import type { Database } from "../store/database.ts";
import type { EventQueries } from "../store/events.ts";
import type { SampleQueries } from "../store/samples.ts";
import type { UsageQueries } from "../store/usage.ts";
import type { Verdicts } from "../verdict/verdicts.ts";
import type { Telemetry } from "../telemetry.ts";
import type { Deliveries } from "../webhooks/deliveries.ts";
import type { Audit } from "../audit.ts";
import type { EventStreams } from "./event-streams.ts";

export interface HttpDeps {
  readonly config: HubConfig["http"];
  readonly version: string;
  readonly startedAtMs: number;
  readonly now: () => number;
  readonly log: Logger;
  /** The admin secret of the hub's data directory. */
  readonly localSecret: string;
  /** Raw 32 bytes of the ed25519 key that signs tasks, base64. */
  readonly taskKey: string;
  /** Where agents and browsers find this server. */
  readonly publicUrl: () => string;
  readonly broker: Broker;
  readonly agents: AgentRegistry;
  readonly enrolment: EnrolmentTokens;
  readonly apiTokens: ApiTokens;
  readonly profiles: Omit<Profiles, "stop">;
  readonly users: Users;
  readonly sessions: Sessions;
  readonly presence: Presence;
  readonly database: Database;
  readonly samples: SampleQueries;
  readonly events: EventQueries;
  readonly usage: UsageQueries;
  readonly ingest: Pick<Ingest, "stats">;
  readonly lanes: Pick<LaneWatch, "failure">;
  readonly rejections: Pick<Rejections, "list">;
  readonly runs: Omit<RunControl, "stop">;
  readonly hostFigures: RunHostFigures;
  readonly campaigns: Omit<Campaigns, "stop">;
  readonly webhooks: Omit<Webhooks, "stop">;
  readonly deliveries: Pick<Deliveries, "test" | "viewOf" | "forget">;
  readonly verdicts: Verdicts;
  readonly schedules: Omit<Schedules, "stop" | "onFailed">;
  readonly sharing: Sharing;
  readonly live: Live;
  readonly audit: Pick<Audit, "record">;
  readonly telemetry: Telemetry;
  /** Hold every reply against its schema: for tests. */
  readonly checkReplies?: boolean;
}

/** What one group of routes gets. */
export interface RouteDeps extends HttpDeps {
  readonly streams: EventStreams;
}

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
export type RouteGroup = (app: App, deps: RouteDeps) => void;
