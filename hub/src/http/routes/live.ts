// What happens now, as server-sent events.
import { LiveQuery, isAgentId } from "@tidemark/proto";
import { RequestRefused } from "../../errors.ts";
import type { App, RouteDeps } from "../deps.ts";

export function live(app: App, deps: RouteDeps): void {
  app.get(
    "/api/v1/live",
    {
      schema: {
        tags: ["metrics"],
        summary:
          "Server-sent events: `samples` of the agents and metrics asked for, `agents` that changed, `campaign`s that went on",
        produces: ["text/event-stream"],
        querystring: LiveQuery,
      },
    },
    (request, reply) => {
      const { agent = [], metric } = request.query;
      for (const [index, id] of agent.entries())
        if (!isAgentId(id) || deps.agents.get(id) === undefined)
          throw new RequestRefused("not-found", `there is no agent ${id}`, {
            field: `/agent/${index}`,
          });
      const metrics = metric === undefined ? undefined : new Set(metric);
      deps.streams.open(request, reply, (stream) =>
        deps.live.subscribe({ agents: new Set(agent), metrics }, stream.send),
      );
    },
  );
}
