// Deliveries to webhooks: a bounded queue for each, one delivery at a time, tried again with growing, jittered pauses. They wait in
// memory: what a hub has not delivered when it stops is not delivered, and the campaign has it all the same.
import type { LookupFunction } from "node:net";
import {
  type Webhook,
  type WebhookId,
  type WebhookPayload,
  type WebhookTest,
  newId,
} from "@tidemark/proto";
import type { Logger } from "pino";
import { pause } from "../pause.ts";
import type { StoredWebhook, Webhooks } from "../state/webhooks.ts";
import { allowedLookup } from "./addresses.ts";
import { type DeliveryLimits, deliveryLimits } from "./limits.ts";
import { type Attempt, send } from "./send.ts";

/** What is told; its id and time are given here. */
export type News = Omit<WebhookPayload, "id" | "atMs">;
export type DeliveryOutcome = "delivered" | "refused" | "given-up" | "dropped";

export interface Deliveries {
  /** To every webhook that wants to know. */
  tell(news: News): void;
  /** One attempt, at once. */
  test(webhook: StoredWebhook): Promise<WebhookTest>;
  /** As the API shows it: without its secret. */
  viewOf(webhook: StoredWebhook): Webhook;
  /** What waits for it is dropped. */
  forget(id: WebhookId): void;
  stop(): Promise<void>;
}

export interface DeliveriesDeps {
  readonly webhooks: Pick<Webhooks, "get" | "list" | "noteDelivery">;
  readonly counted: (outcome: DeliveryOutcome) => void;
  readonly now: () => number;
  /** 0 … 1. */
  readonly random: () => number;
  readonly limits?: Partial<DeliveryLimits>;
  /** What names stand for; the system's answers without it. */
  readonly lookup?: LookupFunction;
  readonly log: Logger;
}

interface Queue {
  readonly waiting: WebhookPayload[];
  readonly gone: AbortController;
  dropped: number;
  isWorking: boolean;
}

export function openDeliveries(deps: DeliveriesDeps): Deliveries {
  const { webhooks, counted, now, random, log } = deps;
  const limits = { ...deliveryLimits, ...deps.limits };
  const lookup = deps.lookup ?? allowedLookup();
  const stopping = new AbortController();
  const queues = new Map<WebhookId, Queue>();
  const working = new Set<Promise<void>>();

  function queueOf(id: WebhookId): Queue {
    const held = queues.get(id);
    if (held !== undefined) return held;
    const queue = { waiting: [], gone: new AbortController(), dropped: 0, isWorking: false };
    queues.set(id, queue);
    return queue;
  }

  function push(id: WebhookId, payload: WebhookPayload): void {
    const queue = queueOf(id);
    queue.waiting.push(payload);
    if (queue.waiting.length > limits.waitingMax) {
      queue.waiting.shift();
      queue.dropped += 1;
      counted("dropped");
    }
    if (queue.isWorking) return;
    queue.isWorking = true;
    const work = deliverAll(id, queue)
      .catch((err: unknown) => log.error({ err, webhook: id }, "deliveries troubled"))
      .finally(() => working.delete(work));
    working.add(work);
  }

  async function deliverAll(id: WebhookId, queue: Queue): Promise<void> {
    const signal = AbortSignal.any([stopping.signal, queue.gone.signal]);
    try {
      while (!signal.aborted) {
        const payload = queue.waiting.shift();
        if (payload === undefined) return;
        await deliver(id, payload, signal);
      }
    } finally {
      // In the same breath as the last look: what is pushed next finds nobody at work.
      queue.isWorking = false;
    }
  }

  async function deliver(
    id: WebhookId,
    payload: WebhookPayload,
    signal: AbortSignal,
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const webhook = webhooks.get(id);
      if (webhook === undefined) return;
      const { timeoutMs } = limits;
      const outcome = await send(webhook, payload, { timeoutMs, nowMs: now(), signal, lookup });
      if (signal.aborted) return;
      const isLast = outcome.kind !== "failed" || attempt >= limits.attemptsMax;
      await note(id, outcome, attempt, isLast);
      if (isLast) {
        counted(outcome.kind === "failed" ? "given-up" : outcome.kind);
        return;
      }
      await pause(retryMs(attempt, random(), limits), signal);
      if (signal.aborted) return;
    }
  }

  async function note(id: WebhookId, { kind, said }: Attempt, attempt: number, isLast: boolean) {
    const attempts = `after ${attempt} attempt${attempt === 1 ? "" : "s"}`;
    const rest = isLast ? "" : ", and is tried again";
    const delivery = { atMs: now(), ok: kind === "delivered", said: `${said} ${attempts}${rest}` };
    log[kind === "delivered" ? "debug" : "warn"]({ webhook: id, said, attempt }, "webhook told");
    try {
      await webhooks.noteDelivery(id, delivery);
    } catch (err) {
      log.warn({ err, webhook: id }, "a delivery could not be noted");
    }
  }

  const payloadOf = (news: News): WebhookPayload => ({ ...news, id: newId(), atMs: now() });

  return {
    tell(news) {
      const payload = payloadOf(news);
      for (const webhook of webhooks.list()) if (wants(webhook, news)) push(webhook.id, payload);
    },
    async test(webhook) {
      const news: News = { event: "test", kind: null, sentence: "This is a test of a webhook." };
      const { timeoutMs } = limits;
      const options = { timeoutMs, nowMs: now(), signal: stopping.signal, lookup };
      const outcome = await send(webhook, payloadOf(news), options);
      await note(webhook.id, outcome, 1, true);
      return { ok: outcome.kind === "delivered", said: outcome.said };
    },
    viewOf({ secret: _secret, ...webhook }) {
      const { waiting = [], dropped = 0 } = queues.get(webhook.id) ?? {};
      return { ...webhook, url: shownUrl(webhook.url), waiting: waiting.length, dropped };
    },
    forget(id) {
      queues.get(id)?.gone.abort();
      queues.delete(id);
    },
    async stop() {
      stopping.abort();
      await Promise.all(working);
    },
  };
}

/** Pure. */
function wants({ events, verdicts }: StoredWebhook, { event, kind }: News): boolean {
  if (event === "test" || !events.includes(event)) return false;
  return event !== "verdict" || verdicts === null || (kind !== null && verdicts.includes(kind));
}

/** After so many failures, ms: four times as long each time, half of it at random, so that many hubs do not knock at once. */
export function retryMs(failures: number, random: number, limits: DeliveryLimits): number {
  const whole = Math.min(limits.retryMs * 4 ** (failures - 1), limits.retryMsMax);
  return whole * (0.5 + random / 2);
}

/** Without its query and password, which may be secrets. */
function shownUrl(text: string): string {
  const url = new URL(text);
  url.username = "";
  url.password = "";
  url.search = "";
  url.hash = "";
  return url.href;
}
