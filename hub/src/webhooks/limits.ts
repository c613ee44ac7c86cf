// Bounds of deliveries; what the API knows of them is in proto's webhookLimits.
import { webhookLimits } from "@tidemark/proto";

export type DeliveryLimits = Readonly<
  Record<"waitingMax" | "attemptsMax" | "timeoutMs" | "retryMs" | "retryMsMax", number>
>;

export const deliveryLimits: DeliveryLimits = {
  waitingMax: webhookLimits.waitingMax,
  attemptsMax: webhookLimits.attemptsMax,
  timeoutMs: webhookLimits.timeoutMs,
  /** After the first failure, about; four times as long after each further one: five retries within eight minutes. */
  retryMs: 2_000,
  retryMsMax: 300_000,
};
