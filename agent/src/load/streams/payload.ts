// What a TCP or UDP exchange sends: the plan's body, written down as text or base64.
import type { LoadPlan } from "@tidemark/proto";
import { PlanRejected } from "../drivers/driver.ts";

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Throws PlanRejected for a body that is not of its encoding. */
export function payloadOf({ body, socket }: LoadPlan): Buffer {
  if (socket?.encoding !== "base64") return Buffer.from(body, "utf8");
  if (!base64.test(body))
    throw new PlanRejected("body: it is not base64 (RFC 4648 4, padded, without line breaks)");
  return Buffer.from(body, "base64");
}
