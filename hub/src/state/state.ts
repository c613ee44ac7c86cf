// What the hub remembers, all of it in JetStream's key-value buckets: a second hub beside this one sees the same.
import type { NatsConnection } from "@nats-io/transport-node";
import type { Logger } from "pino";
import { localUser } from "../local-access.ts";
import { type AgentRegistry, openAgents } from "./agents.ts";
import { type ApiTokens, openApiTokens } from "./api-tokens.ts";
import { type EnrolmentTokens, openEnrolment } from "./enrolment.ts";
import { type Profiles, openProfiles } from "./profiles.ts";
import { type Sessions, openSessions } from "./sessions.ts";
import { type Users, openUsers } from "./users.ts";
import { type Webhooks, openWebhooks } from "./webhooks.ts";

export interface State {
  readonly agents: AgentRegistry;
  readonly enrolment: EnrolmentTokens;
  readonly apiTokens: ApiTokens;
  readonly profiles: Profiles;
  readonly webhooks: Webhooks;
  readonly users: Users;
  readonly sessions: Sessions;
  stop(): Promise<void>;
}

/** Throws when the broker does not answer or a record cannot be read. */
export async function openState(connection: NatsConnection, log?: Logger): Promise<State> {
  const troubled = (what: string, err: unknown) => log?.warn({ what, err }, "state troubled");
  const options = { troubled };
  const sessions = await openSessions(connection, options);
  const users = await openUsers(connection, {
    troubled,
    credentialsChanged: (user) => sessions.removeUser(user),
  });
  // The owner of the hub's machine makes tokens too, and is no user. Asked first: what is held here must be enough to let a
  // token in while the broker is away, which is when somebody looks.
  const roleOf = async (user: string) =>
    user === localUser && !users.has(user) ? "admin" : users.roleOf(user);
  const [agents, enrolment, apiTokens, profiles, webhooks] = await Promise.all([
    openAgents(connection, options),
    openEnrolment(connection, options),
    openApiTokens(connection, { troubled, roleOf }),
    openProfiles(connection, options),
    openWebhooks(connection, options),
  ]);
  return {
    agents,
    enrolment,
    apiTokens,
    profiles,
    webhooks,
    users,
    sessions,
    async stop() {
      await Promise.all([
        agents.stop(),
        apiTokens.stop(),
        profiles.stop(),
        webhooks.stop(),
        users.stop(),
        sessions.stop(),
      ]);
    },
  };
}
