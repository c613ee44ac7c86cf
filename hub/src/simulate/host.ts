// One simulated agent: its own nkey and JWT, its own connection, real frames, real acknowledgements.
import { deflateRawSync } from "node:zlib";
import { type NatsConnection, connect, headers, jwtAuthenticator } from "@nats-io/transport-node";
import {
  type AgentId,
  type Beat,
  type BootId,
  beatSubject,
  encodeBatch,
  encodeJson,
  encodeSeriesTable,
  inboxPrefix,
  messageId,
  metricsSubject,
  newId,
  seriesSubject,
} from "@tidemark/proto";
import type { SimulatedSeries } from "./shape.ts";
import type { Signal } from "./signal.ts";

/** What enrolment gave a simulated host; `seed` is its nkey's. */
export interface SimulatedIdentity {
  readonly name: string;
  readonly agent: AgentId;
  readonly jwt: string;
  readonly seed: string;
}

export interface SimulatedHost {
  readonly agent: AgentId;
  /** Sends one batch of `ticks` ticks and waits for the stream's acknowledgement; resolves to the bytes sent. */
  send(firstSecond: number, stepSeconds: number, ticks: number): Promise<number>;
  beat(nowMs: number, intervalSeconds: number): void;
  close(): Promise<void>;
}

const deflate = (body: Uint8Array) => deflateRawSync(body, { level: 1 });
const acknowledgeTimeoutMs = 30_000;

export async function connectHost(
  identity: SimulatedIdentity,
  brokerUrls: readonly string[],
  shape: readonly SimulatedSeries[],
  signal: Signal,
): Promise<SimulatedHost> {
  const { agent } = identity;
  const connection = await connect({
    servers: [...brokerUrls],
    authenticator: jwtAuthenticator(identity.jwt, new TextEncoder().encode(identity.seed)),
    inboxPrefix: inboxPrefix(agent),
    maxReconnectAttempts: -1,
    pingInterval: 15_000,
    name: `simulated ${identity.name}`,
  });
  const boot = newId<BootId>();
  const startedAtMs = Date.now();
  const table = encodeSeriesTable(
    {
      series: shape.map(({ metric, labels, unit, kind, decimals }) => ({
        metric,
        labels,
        unit,
        kind,
        decimals,
      })),
    },
    deflate,
  );
  const decimals = { decimals: shape.map((series) => series.decimals) };
  let seq = 0;

  async function publish(subject: string, data: Uint8Array): Promise<void> {
    seq += 1;
    const header = headers();
    header.set("Nats-Msg-Id", messageId(agent, boot, seq));
    const reply = await connection.request(subject, data, {
      headers: header,
      timeout: acknowledgeTimeoutMs,
    });
    const answer = reply.string();
    if (answer.includes('"error"'))
      throw new Error(`the stream refused a message of ${identity.name}: ${answer}`);
  }

  await publish(seriesSubject(agent), table.bytes);
  return {
    agent,
    async send(firstSecond, stepSeconds, ticks) {
      const values = new Float64Array(shape.length * ticks);
      signal.fill(values, firstSecond, stepSeconds, ticks);
      const frame = encodeBatch(
        { tableHash: table.hash, firstSecond, stepSeconds, ticks, values },
        decimals,
        deflate,
      );
      await publish(metricsSubject(agent), frame);
      return frame.length;
    },
    beat(nowMs, intervalSeconds) {
      publishBeat(connection, agent, {
        boot,
        startedAtMs,
        nowMs,
        intervalSeconds,
        nextSeq: seq + 1,
      });
    },
    close: () => connection.drain(),
  };
}

function publishBeat(
  connection: NatsConnection,
  agent: AgentId,
  life: {
    boot: BootId;
    startedAtMs: number;
    nowMs: number;
    intervalSeconds: number;
    nextSeq: number;
  },
): void {
  const empty = { firstSeq: 1, nextSeq: 1, bytes: 0, dropped: 0 };
  const beat: Beat = {
    boot: life.boot,
    version: "simulated",
    sentAtMs: life.nowMs,
    startedAtMs: life.startedAtMs,
    intervalSeconds: life.intervalSeconds,
    // Everything sent is acknowledged before the next is made, so the outbox never holds a record.
    lanes: {
      metrics: { firstSeq: life.nextSeq, nextSeq: life.nextSeq, bytes: 0, dropped: 0 },
      events: empty,
      results: empty,
    },
    clockOffsetMs: null,
    roundTripMs: null,
    activeRuns: [],
    load: { allowed: false, policy: "" },
  };
  connection.publish(beatSubject(agent), encodeJson(beat));
}
