// Webhooks: another program is told of verdicts and of schedules that failed.
import { Type, type Static } from "typebox";
import { IdSchema } from "../ids.ts";
import { count, nullable, plainText, strict, text, timeMs } from "./common.ts";
import { VariantLabels } from "./variant-labels.ts";
import { VerdictKind, verdictLimits } from "./verdicts.ts";

export const webhookLimits = {
  webhooksMax: 50,
  /** Deliveries waiting for one webhook; the oldest are dropped and counted. */
  waitingMax: 100,
  attemptsMax: 6,
  timeoutMs: 10_000,
} as const;

/** verdict: a comparison has ended; suspect: a run is far outside its history; schedule-failed: a firing did not start its runs. */
export const webhookEvents = ["verdict", "suspect", "schedule-failed"] as const;
export const WebhookEvent = Type.Enum(webhookEvents);
export type WebhookEvent = (typeof webhookEvents)[number];

/** POST /api/v1/webhooks. The answer holds the secret that signs deliveries; it is shown once. */
export const NewWebhook = Type.Object(
  {
    name: plainText(64, 1),
    url: Type.String({
      pattern: "^https?://[^\\s\\u0000-\\u0020\\u007f]+$",
      maxLength: 2_048,
      description: "an http:// or https:// address",
    }),
    events: Type.Array(WebhookEvent, { minItems: 1, maxItems: webhookEvents.length }),
    /** Of verdicts only these; all without it. */
    verdicts: Type.Optional(Type.Array(VerdictKind, { maxItems: 8 })),
  },
  strict,
);
export type NewWebhook = Static<typeof NewWebhook>;

export const Webhook = Type.Object(
  {
    id: IdSchema,
    name: text(64),
    /** Without its query and password, which may be secrets. */
    url: text(2_048),
    events: Type.Array(WebhookEvent),
    verdicts: nullable(Type.Array(VerdictKind)),
    createdAtMs: timeMs,
    createdBy: text(64),
    /** The latest delivery, in a few words: `200 after 1 attempt`; null before the first. */
    lastDelivery: nullable(
      Type.Object({ atMs: timeMs, ok: Type.Boolean(), said: text(256) }, strict),
    ),
    waiting: count,
    dropped: count,
  },
  strict,
);
export type Webhook = Static<typeof Webhook>;
export const WebhookList = Type.Object({ items: Type.Array(Webhook) }, strict);
export type WebhookList = Static<typeof WebhookList>;
export const CreatedWebhook = Type.Object({ webhook: Webhook, secret: text(128) }, strict);
export type CreatedWebhook = Static<typeof CreatedWebhook>;
/** POST /api/v1/webhooks/:id/test sends one at once and says what came of it. */
export const WebhookTest = Type.Object({ ok: Type.Boolean(), said: text(256) }, strict);
export type WebhookTest = Static<typeof WebhookTest>;

/**
 * What a webhook is sent: POST with JSON and the headers `Tidemark-Event`, `Tidemark-Delivery` (this id; the same at every attempt) and
 * `Tidemark-Signature: t=<Unix seconds>,v1=<hex>`, an HMAC-SHA256 of `<t>.<body>` with the webhook's secret.
 */
export const WebhookPayload = Type.Object(
  {
    event: Type.Union([WebhookEvent, Type.Literal("test")]),
    id: IdSchema,
    atMs: timeMs,
    /** One sentence for people. */
    sentence: text(1_024),
    /** Of a verdict the worst of its strata; `suspect` of a suspect run; null otherwise. */
    kind: nullable(VerdictKind),
    profile: Type.Optional(Type.Object({ id: IdSchema, name: text(128) }, strict)),
    campaign: Type.Optional(IdSchema),
    run: Type.Optional(IdSchema),
    schedule: Type.Optional(IdSchema),
    /** Of a verdict, stratum by stratum. */
    verdicts: Type.Optional(
      Type.Array(
        Type.Object({ stratum: VariantLabels, kind: VerdictKind, sentence: text(512) }, strict),
        { maxItems: verdictLimits.strataMax },
      ),
    ),
    /** The page to look at. */
    url: Type.Optional(text(2_048)),
  },
  strict,
);
export type WebhookPayload = Static<typeof WebhookPayload>;
