// What was measured: the catalogue, values over time, and the hosts with the highest values.
import {
  type AgentId,
  Catalogue,
  Fleet,
  RangeQuery,
  RangeResult,
  TopQuery,
  TopResult,
  catalogue,
  isAgentId,
} from "@tidemark/proto";
import { RequestRefused } from "../../errors.ts";
import type { App, RouteDeps } from "../deps.ts";
import { fleetOf } from "../fleet-rows.ts";

export function query(app: App, deps: RouteDeps): void {
  const entries = catalogue.map((metric) => ({ ...metric, labels: [...metric.labels] }));
  const inCatalogue = new Set<string>(catalogue.map(({ name }) => name));
  const checkMetric = (metric: string, field: string) => {
    if (inCatalogue.has(metric) || deps.samples.hasMetric(metric)) return;
    throw new RequestRefused("not-found", `there is no metric ${metric}`, { field });
  };

  app.get(
    "/api/v1/metrics",
    {
      schema: {
        tags: ["metrics"],
        summary: "Every metric with its unit and meaning",
        response: { 200: Catalogue },
      },
    },
    async () => ({ items: entries }),
  );

  app.get(
    "/api/v1/query/range",
    {
      schema: {
        tags: ["metrics"],
        summary: "Values over time, at the finest resolution that fits the points asked for",
        querystring: RangeQuery,
        response: { 200: RangeResult },
      },
    },
    async (request) => {
      checkWindow(request.query);
      for (const [index, metric] of request.query.metric.entries())
        checkMetric(metric, `/metric/${index}`);
      return deps.samples.range(request.query, hostsOf(request.query.agent, deps));
    },
  );

  app.get(
    "/api/v1/query/top",
    {
      schema: {
        tags: ["metrics"],
        summary: "The hosts with the highest values of a metric",
        querystring: TopQuery,
        response: { 200: TopResult },
      },
    },
    async (request) => {
      checkWindow(request.query);
      checkMetric(request.query.metric, "/metric");
      return deps.samples.top(request.query, deps.agents);
    },
  );

  app.get(
    "/api/v1/fleet",
    {
      schema: {
        tags: ["metrics"],
        summary: "Every agent that is not revoked, with its latest values and sparklines",
        response: { 200: Fleet },
      },
    },
    async () => fleetOf(deps),
  );
}

function checkWindow({ from, to }: { readonly from: number; readonly to: number }): void {
  if (to <= from)
    throw new RequestRefused("invalid-request", "/to of the query must be later than /from", {
      field: "/to",
    });
}

function hostsOf(ids: readonly string[], deps: RouteDeps): ReadonlyMap<AgentId, number> {
  const hosts = new Map<AgentId, number>();
  for (const [index, id] of ids.entries()) {
    const record = isAgentId(id) ? deps.agents.get(id) : undefined;
    if (record === undefined)
      throw new RequestRefused("not-found", `there is no agent ${id}`, {
        field: `/agent/${index}`,
      });
    hosts.set(record.id, record.host);
  }
  return hosts;
}
