// The mock's webhooks: listed, made, tested and removed.
import type { NewWebhook, Webhook } from "@tidemark/proto";
import { idOf } from "./fleet.ts";

export interface WebhookDesk {
  list(): Webhook[];
  make(input: NewWebhook, user: string): Webhook;
  remove(id: string): void;
}

export function openWebhookDesk(startedAtMs: number): WebhookDesk {
  let items: Webhook[] = [
    {
      id: idOf("webhook chat"),
      name: "release chat",
      url: "https://chat.example/hooks/releases",
      events: ["verdict", "suspect"],
      verdicts: ["regression", "improvement"],
      createdAtMs: startedAtMs - 6e8,
      createdBy: "admin",
      lastDelivery: { atMs: startedAtMs - 7e6, ok: true, said: "200 after 1 attempt" },
      waiting: 0,
      dropped: 0,
    },
    {
      id: idOf("webhook pager"),
      name: "pager",
      url: "https://pager.example/v2/enqueue",
      events: ["schedule-failed"],
      verdicts: null,
      createdAtMs: startedAtMs - 3e8,
      createdBy: "admin",
      lastDelivery: { atMs: startedAtMs - 9e5, ok: false, said: "503 after 6 attempts" },
      waiting: 3,
      dropped: 12,
    },
  ];
  return {
    list: () => items,
    make(input, user) {
      const webhook: Webhook = {
        id: idOf(`webhook ${input.name} ${items.length}`),
        name: input.name,
        url: input.url.split("?")[0] ?? input.url,
        events: [...input.events],
        verdicts: input.verdicts ?? null,
        createdAtMs: Date.now(),
        createdBy: user,
        lastDelivery: null,
        waiting: 0,
        dropped: 0,
      };
      items = [...items, webhook];
      return webhook;
    },
    remove(id) {
      items = items.filter((each) => each.id !== id);
    },
  };
}
