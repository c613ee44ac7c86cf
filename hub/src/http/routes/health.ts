// Liveness, readiness and the hub's own metrics.
import { Type } from "typebox";
import { RequestRefused } from "../../errors.ts";
import type { App, RouteDeps } from "../deps.ts";

const Healthy = Type.Object({ status: Type.Literal("ok") }, { additionalProperties: false });

export function health(app: App, deps: RouteDeps): void {
  app.get(
    "/healthz",
    { schema: { tags: ["hub"], summary: "The process answers", response: { 200: Healthy } } },
    async () => ({ status: "ok" as const }),
  );

  app.get(
    "/readyz",
    {
      schema: {
        tags: ["hub"],
        summary: "Broker and database answer, and every lane is read",
        response: { 200: Healthy },
      },
    },
    async () => {
      if (!deps.broker.isConnected())
        throw new RequestRefused("unavailable", "the broker does not answer");
      const lost = deps.lanes.failure();
      if (lost !== undefined)
        throw new RequestRefused(
          "unavailable",
          `lane ${lost.lane} has ended; the hub's log says why`,
        );
      await deps.database.query("SELECT 1 AS one").catch(() => {
        throw new RequestRefused("unavailable", "the database does not answer");
      });
      return { status: "ok" as const };
    },
  );

  app.get(
    "/metrics",
    { schema: { tags: ["hub"], summary: "The hub's own metrics, for Prometheus" } },
    async (_request, reply) =>
      reply.header("content-type", deps.telemetry.contentType).send(await deps.telemetry.expose()),
  );
}
