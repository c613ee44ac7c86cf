// Ids that follow from what they stand for: whoever makes one, in whatever hub and however often, gets the same.
import { createHash } from "node:crypto";
import { type CampaignId, type RunId, idFromBytes } from "@tidemark/proto";

/** The first 10 bytes of SHA-256 over the parts, joined by NUL: two lists of parts without NUL never read the same. */
export function derivedId<T extends CampaignId | RunId>(...parts: readonly string[]): T {
  return idFromBytes<T>(createHash("sha256").update(parts.join("\0")).digest().subarray(0, 10));
}
