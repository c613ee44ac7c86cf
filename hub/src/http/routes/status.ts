// The hub about itself: what it holds, how ingest keeps up, and what it refused.
import { RejectionList, Status } from "@tidemark/proto";
import type { App, RouteDeps } from "../deps.ts";

export function status(app: App, deps: RouteDeps): void {
  app.get(
    "/api/v1/status",
    {
      schema: {
        tags: ["hub"],
        summary: "Agents, ingest, storage and broker at a glance",
        response: { 200: Status },
      },
    },
    async () => {
      const counts = { online: 0, stale: 0, offline: 0 };
      for (const record of deps.agents.all()) {
        const { state } = deps.presence.view(record, deps.now());
        if (state !== "revoked") counts[state] += 1;
      }
      return {
        version: deps.version,
        startedAtMs: deps.startedAtMs,
        agents: counts,
        ingest: deps.ingest.stats(),
        storage: await deps.usage.storage(),
        broker: {
          url: deps.broker.brokerUrls[0] ?? "",
          connected: deps.broker.isConnected(),
          embedded: deps.broker.embedded,
        },
      };
    },
  );

  app.get(
    "/api/v1/rejections",
    {
      schema: {
        tags: ["hub"],
        summary: "What the hub refused lately, newest first, and why",
        response: { 200: RejectionList },
      },
    },
    async () => ({ items: [...deps.rejections.list()] }),
  );
}
