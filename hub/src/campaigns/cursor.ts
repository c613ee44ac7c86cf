// Where a page of campaigns begins, as text that a client hands back.
import { isCampaignId } from "@tidemark/proto";
import { RequestRefused } from "../errors.ts";
import type { CampaignCursor } from "../store/campaigns.ts";

export function cursorText({ createdAtMs, id }: CampaignCursor): string {
  return `${createdAtMs}.${id}`;
}

/** Throws RequestRefused for what `cursorText` did not write. */
export function cursorOf(text: string): CampaignCursor {
  const [ms = "", id = "", ...rest] = text.split(".");
  if (!/^\d{1,15}$/.test(ms) || !isCampaignId(id) || rest.length > 0)
    throw new RequestRefused("invalid-request", "the cursor is not one this hub gave", {
      field: "/cursor",
    });
  return { createdAtMs: Number(ms), id };
}
