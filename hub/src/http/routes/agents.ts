// The fleet's agents: list, one, its inventory, processes and notices, rename, revoke.
import {
  Agent,
  AgentList,
  AgentPatch,
  AgentQuery,
  InventoryRecord,
  NoticeList,
  ProcessSnapshot,
  isAgentId,
} from "@tidemark/proto";
import { Type } from "typebox";
import { RequestRefused } from "../../errors.ts";
import type { AgentRecord } from "../../state/agents.ts";
import { callerOf } from "../access.ts";
import { listAgents } from "../agent-list.ts";
import type { App, RouteDeps } from "../deps.ts";
import { IdParams } from "../params.ts";

const noticesMax = 200;
const AtQuery = Type.Object(
  { atMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 })) },
  { additionalProperties: false },
);

export function agents(app: App, deps: RouteDeps): void {
  const view = (record: AgentRecord) => deps.presence.view(record, deps.now());
  const recordOf = (id: string): AgentRecord => {
    const record = isAgentId(id) ? deps.agents.get(id) : undefined;
    if (record === undefined) throw new RequestRefused("not-found", `there is no agent ${id}`);
    return record;
  };
  const nothingYet = (what: string, record: AgentRecord) =>
    new RequestRefused("not-found", `agent ${record.id} has sent no ${what} yet`);

  app.get(
    "/api/v1/agents",
    {
      schema: {
        tags: ["agents"],
        summary: "Agents by name; every label given must match",
        querystring: AgentQuery,
        response: { 200: AgentList },
      },
    },
    async (request) => listAgents(deps.agents.all().map(view), request.query),
  );

  app.get(
    "/api/v1/agents/:id",
    {
      schema: {
        tags: ["agents"],
        summary: "One agent",
        params: IdParams,
        response: { 200: Agent },
      },
    },
    async (request) => view(recordOf(request.params.id)),
  );

  app.patch(
    "/api/v1/agents/:id",
    {
      schema: {
        tags: ["agents"],
        summary: "Rename an agent, or replace its labels",
        params: IdParams,
        body: AgentPatch,
        response: { 200: Agent },
      },
    },
    async (request) => {
      const { id } = recordOf(request.params.id);
      const changed = await deps.agents.update(id, request.body);
      deps.audit.record(
        callerOf(request).user,
        "agent-changed",
        id,
        Object.keys(request.body).join(),
      );
      const agent = view(changed);
      deps.live.agentChanged(agent);
      return agent;
    },
  );

  app.delete(
    "/api/v1/agents/:id",
    {
      schema: {
        tags: ["agents"],
        summary: "Revoke an agent: its run and its connection end, its data stays",
        params: IdParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const record = recordOf(request.params.id);
      const { user } = callerOf(request);
      await deps.runs.revoke(record.id, user, async () => {
        // The record first: a hub that dies in between revokes at its next start.
        if (record.revokedAtMs === null)
          await deps.agents.update(record.id, { revokedAtMs: deps.now() });
        await deps.broker.revoke(record.publicKey);
      });
      deps.audit.record(user, "agent-revoked", record.id, record.name);
      deps.live.agentChanged(view(recordOf(record.id)));
      return reply.code(204).send(null);
    },
  );

  app.get(
    "/api/v1/agents/:id/inventory",
    {
      schema: {
        tags: ["agents"],
        summary: "What the host is made of",
        params: IdParams,
        response: { 200: InventoryRecord },
      },
    },
    async (request) => {
      const record = recordOf(request.params.id);
      const inventory = await deps.events.inventoryOf(record.host);
      if (inventory === undefined) throw nothingYet("inventory", record);
      return inventory;
    },
  );

  app.get(
    "/api/v1/agents/:id/processes",
    {
      schema: {
        tags: ["agents"],
        summary: "The top processes at a time, or now",
        params: IdParams,
        querystring: AtQuery,
        response: { 200: ProcessSnapshot },
      },
    },
    async (request) => {
      const record = recordOf(request.params.id);
      const snapshot = await deps.events.processesOf(record.host, request.query.atMs ?? deps.now());
      if (snapshot === undefined) throw nothingYet("processes", record);
      return snapshot;
    },
  );

  app.get(
    "/api/v1/agents/:id/notices",
    {
      schema: {
        tags: ["agents"],
        summary: "What the agent told lately, newest first",
        params: IdParams,
        response: { 200: NoticeList },
      },
    },
    async (request) => {
      const record = recordOf(request.params.id);
      return { items: [...(await deps.events.noticesOf(record.host, noticesMax))] };
    },
  );
}
