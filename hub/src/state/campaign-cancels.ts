// Which campaigns are to end. Any hub takes the request, the one that leads acts on it: at once, by a watch, or when it takes the
// campaign up.
import type { NatsConnection } from "@nats-io/transport-node";
import { type CampaignId, isCampaignId, jsonParser } from "@tidemark/proto";
import { Type } from "typebox";
import type { StateOptions } from "./options.ts";
import { openTable } from "./table.ts";

export interface CampaignCancels {
  /** Who asked; undefined when nobody has. */
  get(campaign: CampaignId): string | undefined;
  /** The first to ask counts. */
  ask(campaign: CampaignId, user: string): Promise<void>;
  /** It has ended. */
  remove(campaign: CampaignId): Promise<void>;
  onAsked(listener: (campaign: CampaignId, user: string) => void): () => void;
  stop(): Promise<void>;
}

const Cancel = Type.Object({ user: Type.String() });
const bounds = { bytesMax: 8_388_608, valueBytesMax: 4_096 } as const;

export async function openCampaignCancels(
  connection: NatsConnection,
  { troubled = () => undefined }: StateOptions = {},
): Promise<CampaignCancels> {
  const table = await openTable(connection, {
    name: "campaign-cancels",
    bounds,
    parse: jsonParser(Cancel, "cancel of a campaign"),
    troubled,
  });
  return {
    get: (campaign) => table.get(campaign)?.user,
    async ask(campaign, user) {
      await table.change(campaign, (before) => (before === undefined ? { user } : undefined));
    },
    async remove(campaign) {
      if (table.get(campaign) !== undefined) await table.remove(campaign);
    },
    onAsked: (listener) =>
      table.onChange((key, cancel) => {
        if (cancel !== undefined && isCampaignId(key)) listener(key, cancel.user);
      }),
    stop: () => table.stop(),
  };
}
