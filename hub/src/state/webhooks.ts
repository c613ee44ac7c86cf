// Where other programs are told of verdicts. The secret that signs deliveries is kept as it is, since it must sign: it is shown once,
// when it is made, and is in no list, log or error.
import type { NatsConnection } from "@nats-io/transport-node";
import {
  IdSchema,
  type NewWebhook,
  VerdictKind,
  WebhookEvent,
  type WebhookId,
  isWebhookId,
  jsonParser,
  newId,
  webhookLimits,
} from "@tidemark/proto";
import { type Static, Type } from "typebox";
import { RequestRefused } from "../errors.ts";
import { forbiddenText, isForbiddenHost } from "../webhooks/addresses.ts";
import type { StateOptions } from "./options.ts";
import { newSecret } from "./secrets.ts";
import { openTable } from "./table.ts";

const Stored = Type.Object({
  id: IdSchema,
  name: Type.String(),
  url: Type.String(),
  events: Type.Array(WebhookEvent),
  verdicts: Type.Union([Type.Array(VerdictKind), Type.Null()]),
  createdAtMs: Type.Integer(),
  createdBy: Type.String(),
  secret: Type.String(),
  lastDelivery: Type.Union([
    Type.Object({ atMs: Type.Integer(), ok: Type.Boolean(), said: Type.String() }),
    Type.Null(),
  ]),
});
export type StoredWebhook = Omit<Static<typeof Stored>, "id"> & { readonly id: WebhookId };
export type LastDelivery = NonNullable<StoredWebhook["lastDelivery"]>;

export interface Webhooks {
  get(id: WebhookId): StoredWebhook | undefined;
  /** By name. */
  list(): readonly StoredWebhook[];
  /** Throws RequestRefused for an address that is none, or when there are too many. */
  create(input: NewWebhook, user: string): Promise<StoredWebhook>;
  noteDelivery(id: WebhookId, delivery: LastDelivery): Promise<void>;
  /** False when there is none. */
  remove(id: WebhookId): Promise<boolean>;
  stop(): Promise<void>;
}

const secretPrefix = "whs_";
const bounds = { bytesMax: 8_388_608, valueBytesMax: 16_384 } as const;

export async function openWebhooks(
  connection: NatsConnection,
  { now = Date.now, troubled = () => undefined }: StateOptions = {},
): Promise<Webhooks> {
  const table = await openTable<StoredWebhook>(connection, {
    name: "webhooks",
    bounds,
    parse: parseStored,
    troubled,
  });
  const all = () => Array.from(table.entries(), ([, webhook]) => webhook);
  return {
    get: (id) => table.get(id),
    list: () => all().toSorted((one, other) => one.name.localeCompare(other.name, "en")),
    async create({ name, url, events, verdicts }, user) {
      if (!URL.canParse(url))
        throw new RequestRefused("invalid-request", "it is not a URL", { field: "/url" });
      if (isForbiddenHost(new URL(url).hostname))
        throw new RequestRefused("invalid-request", forbiddenText, { field: "/url" });
      if (all().length >= webhookLimits.webhooksMax)
        throw new RequestRefused(
          "conflict",
          `${webhookLimits.webhooksMax} webhooks exist: remove one first`,
        );
      const webhook: StoredWebhook = {
        id: newId<WebhookId>(),
        name,
        url: new URL(url).href,
        events: [...new Set(events)],
        verdicts: verdicts === undefined ? null : [...new Set(verdicts)],
        createdAtMs: now(),
        createdBy: user,
        secret: newSecret(secretPrefix),
        lastDelivery: null,
      };
      await table.create(webhook.id, webhook);
      return webhook;
    },
    async noteDelivery(id, lastDelivery) {
      await table.change(id, (webhook) => webhook && { ...webhook, lastDelivery });
    },
    async remove(id) {
      if ((await table.fetch(id)) === undefined) return false;
      await table.remove(id);
      return true;
    },
    stop: () => table.stop(),
  };
}

const parse = jsonParser(Stored, "webhook");

function parseStored(bytes: Uint8Array): StoredWebhook {
  const webhook = parse(bytes);
  if (!isWebhookId(webhook.id)) throw new Error("its id is none");
  return { ...webhook, id: webhook.id };
}
