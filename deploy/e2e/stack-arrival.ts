// Waits, through the API, until measurements have arrived.
import { type AgentId, RangeResult, RejectionList, Status } from "@tidemark/proto";
import type { Stack } from "./stack.ts";
import { until } from "./stack-until.ts";
import { madeUpMetric } from "./stack-values.ts";

/** The seconds within from … to − 1 at which the hub has a value of any series of the metric. */
export async function arrivedSeconds(
  stack: Stack,
  agent: AgentId,
  metric: string,
  from: number,
  to: number,
): Promise<number[]> {
  const query = new URLSearchParams({ agent, metric, from: `${from}`, to: `${to}` });
  query.set("points", "11000");
  query.set("resolution", "raw");
  const { times, series } = await stack.api.call(
    "GET",
    `/query/range?${query.toString()}`,
    RangeResult,
  );
  return times.filter((_, at) => series.some(({ mean }) => (mean[at] ?? null) !== null));
}

export const arrived = (stack: Stack, agent: AgentId, second: number, timeoutMs?: number) =>
  until(
    `second ${second} of agent ${agent} at the hub`,
    async () => (await arrivedSeconds(stack, agent, madeUpMetric, second, second + 1)).length > 0,
    timeoutMs,
  );

export const statusOf = (stack: Stack) => stack.api.call("GET", "/status", Status);

/** Resolves when the hub has stored `samples` more. */
export async function flows(stack: Stack, samples: number, timeoutMs?: number): Promise<void> {
  const from = await until("the hub's status", async () => (await statusOf(stack)).ingest);
  await until(
    `${samples} more samples stored`,
    async () => (await statusOf(stack)).ingest.samplesTotal >= from.samplesTotal + samples,
    timeoutMs,
  );
}

export const rejectionsOf = async (stack: Stack) =>
  (await stack.api.call("GET", "/rejections", RejectionList)).items;
