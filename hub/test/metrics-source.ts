// An agent's metrics lane as tests need it: a series table and batches whose values say where they come from.
import { deflateRawSync } from "node:zlib";
import type { NatsConnection } from "@nats-io/transport-node";
import { headers } from "@nats-io/transport-node";
import {
  type AgentId,
  type BootId,
  type Series,
  encodeBatch,
  encodeSeriesTable,
  hashText,
  messageId,
  metricsSubject,
  newId,
  seriesSubject,
} from "@tidemark/proto";

const deflate = (body: Uint8Array) => deflateRawSync(body, { level: 1 });

export const gauge = (
  metric: string,
  labels: Record<string, string> = {},
  decimals = 2,
): Series => ({
  metric,
  labels,
  unit: "1",
  kind: "gauge",
  decimals,
});

export interface Message {
  readonly subject: string;
  readonly frame: Uint8Array;
  readonly id: string;
}

export interface MetricsSource {
  readonly agent: AgentId;
  readonly boot: BootId;
  readonly hash: string;
  nextSeq: number;
  table(): Message;
  /** `values` by series and tick; seq is the next one unless given. */
  batch(
    firstSecond: number,
    values: readonly (readonly number[])[],
    options?: { seq?: number; stepSeconds?: number },
  ): Message;
}

export function metricsSource(
  agent: AgentId,
  series: readonly Series[],
  boot = newId<BootId>(),
): MetricsSource {
  const table = encodeSeriesTable({ series: [...series] }, deflate);
  const shape = { decimals: series.map(({ decimals }) => decimals) };
  const source: MetricsSource = {
    agent,
    boot,
    hash: hashText(table.hash),
    nextSeq: 1,
    table() {
      return {
        subject: seriesSubject(agent),
        frame: table.bytes,
        id: messageId(agent, boot, source.nextSeq++),
      };
    },
    batch(firstSecond, values, { seq = source.nextSeq++, stepSeconds = 1 } = {}) {
      const ticks = values[0]?.length ?? 0;
      const batch = {
        tableHash: table.hash,
        firstSecond,
        stepSeconds,
        ticks,
        values: Float64Array.from(values.flat()),
      };
      return {
        subject: metricsSubject(agent),
        frame: encodeBatch(batch, shape, deflate),
        id: messageId(agent, boot, seq),
      };
    },
  };
  return source;
}

/** Publishes and waits for the stream's acknowledgement. */
export async function send(
  connection: NatsConnection,
  { subject, frame, id }: Message,
  timeoutMs = 30_000,
): Promise<{ seq: number; duplicate: boolean }> {
  const with_ = headers();
  with_.set("Nats-Msg-Id", id);
  const reply = await connection.request(subject, frame, { headers: with_, timeout: timeoutMs });
  const ack = reply.json<{ seq?: number; duplicate?: boolean; error?: { description: string } }>();
  if (ack.error !== undefined || ack.seq === undefined)
    throw new Error(`not taken: ${ack.error?.description}`);
  return { seq: ack.seq, duplicate: ack.duplicate ?? false };
}

/** Polls until `probe` gives a value. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
