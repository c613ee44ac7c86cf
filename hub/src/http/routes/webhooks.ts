// Webhooks: where other programs are told of verdicts.
import {
  CreatedWebhook,
  NewWebhook,
  type WebhookId,
  WebhookList,
  WebhookTest,
  isWebhookId,
} from "@tidemark/proto";
import { Type } from "typebox";
import { RequestRefused } from "../../errors.ts";
import { callerOf } from "../access.ts";
import type { App, RouteDeps } from "../deps.ts";
import { IdParams } from "../params.ts";

export function webhooks(app: App, deps: RouteDeps): void {
  app.get(
    "/api/v1/webhooks",
    { schema: { tags: ["webhooks"], summary: "Webhooks", response: { 200: WebhookList } } },
    async () => ({ items: deps.webhooks.list().map(deps.deliveries.viewOf) }),
  );

  app.post(
    "/api/v1/webhooks",
    {
      schema: {
        tags: ["webhooks"],
        summary: "Tell another program of verdicts; the secret that signs is shown this once",
        body: NewWebhook,
        response: { 201: CreatedWebhook },
      },
    },
    async (request, reply) => {
      const { user } = callerOf(request);
      const made = await deps.webhooks.create(request.body, user);
      const webhook = deps.deliveries.viewOf(made);
      // A path is often the secret: everybody's hook of a chat has its own.
      deps.audit.record(user, "webhook-created", made.id, `${made.name} ${new URL(made.url).host}`);
      return reply.code(201).send({ webhook, secret: made.secret });
    },
  );

  app.delete(
    "/api/v1/webhooks/:id",
    {
      schema: {
        tags: ["webhooks"],
        summary: "Remove a webhook; what waits for it is not sent",
        params: IdParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const id = webhookIdOf(request.params.id);
      if (!(await deps.webhooks.remove(id))) throw noWebhook(id);
      deps.deliveries.forget(id);
      deps.audit.record(callerOf(request).user, "webhook-removed", id);
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/api/v1/webhooks/:id/test",
    {
      schema: {
        tags: ["webhooks"],
        summary: "Send a test at once and say what came of it",
        params: IdParams,
        response: { 200: WebhookTest },
      },
    },
    async (request) => {
      const id = webhookIdOf(request.params.id);
      const webhook = deps.webhooks.get(id);
      if (webhook === undefined) throw noWebhook(id);
      deps.audit.record(callerOf(request).user, "webhook-tested", id);
      return await deps.deliveries.test(webhook);
    },
  );
}

function noWebhook(id: string): RequestRefused {
  return new RequestRefused("not-found", `there is no webhook ${id}`);
}

function webhookIdOf(id: string): WebhookId {
  if (!isWebhookId(id)) throw noWebhook(id);
  return id;
}
