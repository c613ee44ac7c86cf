// An agent reduced to its side of the wire: its own key, an enrolment over HTTP, a connection with the JWT it got, real
// series tables and batches with real message ids.
import { deflateRawSync } from "node:zlib";
import { createUser } from "@nats-io/nkeys";
import { type NatsConnection, headers, jwtAuthenticator, connect } from "@nats-io/transport-node";
import {
  type AgentId,
  type Beat,
  type BootId,
  Enrolled,
  type Series,
  beatSubject,
  encodeBatch,
  encodeJson,
  encodeSeriesTable,
  hashText,
  inboxPrefix,
  isAgentId,
  messageId,
  metricsSubject,
  newId,
  parser,
  seriesSubject,
} from "@tidemark/proto";
import { patient } from "./start-test-broker.ts";
import type { TestHub } from "./running-hub.ts";

export interface FakeAgent {
  readonly id: AgentId;
  readonly publicKey: string;
  readonly taskKey: string;
  readonly connection: NatsConnection;
  /** Announces `series` and publishes one batch of them; resolves when the hub's stream has both. */
  publish(
    series: readonly Series[],
    firstSecond: number,
    columns: readonly number[][],
  ): Promise<void>;
  /** Publishes a batch whose table the hub has not seen; resolves to the table's hash. */
  publishUnannounced(firstSecond: number): Promise<string>;
  beat(): Promise<void>;
  stop(): Promise<void>;
}

const parseEnrolled = parser(Enrolled, "enrolment");
const deflate = (body: Uint8Array) => deflateRawSync(body, { level: 1 });

/** The body of an enrolment request, with a key of its own. */
export function enrolment(token: string, name: string) {
  const key = createUser();
  const signature = key.sign(new TextEncoder().encode(`tidemark-enrol:${token}`));
  return {
    key,
    body: {
      token,
      name,
      publicKey: key.getPublicKey(),
      signature: Buffer.from(signature).toString("base64url"),
    },
  };
}

export async function enrolFakeAgent(
  hub: TestHub,
  token: string,
  name: string,
): Promise<FakeAgent> {
  const { key, body } = enrolment(token, name);
  const response = await hub.fetch("/api/v1/enrol", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.status !== 201) throw new Error(`enrolment got ${await response.text()}`);
  const { agent, jwt, brokerUrls, taskKey } = parseEnrolled(await response.json());
  if (!isAgentId(agent)) throw new Error(`${agent} is no id`);
  const connection = await connect({
    servers: brokerUrls,
    authenticator: jwtAuthenticator(jwt, key.getSeed()),
    inboxPrefix: inboxPrefix(agent),
    reconnect: false,
  });
  const boot = newId<BootId>();
  let seq = 0;
  const send = async (subject: string, frame: Uint8Array) => {
    const sent = headers();
    sent.set("Nats-Msg-Id", messageId(agent, boot, seq));
    seq += 1;
    const reply = await connection.request(subject, frame, { headers: sent, ...patient });
    const { error } = reply.json<{ error?: { description: string } }>();
    if (error !== undefined) throw new Error(`the stream refused: ${error.description}`);
  };
  return {
    id: agent,
    publicKey: body.publicKey,
    taskKey,
    connection,
    async publish(series, firstSecond, columns) {
      const table = encodeSeriesTable({ series: [...series] }, deflate);
      await send(seriesSubject(agent), table.bytes);
      const ticks = columns[0]?.length ?? 0;
      const values = Float64Array.from(columns.flat());
      const batch = { tableHash: table.hash, firstSecond, stepSeconds: 1, ticks, values };
      const shape = { decimals: series.map(({ decimals }) => decimals) };
      await send(metricsSubject(agent), encodeBatch(batch, shape, deflate));
    },
    async publishUnannounced(firstSecond) {
      const series: Series = {
        metric: "system.uptime",
        labels: { boot },
        unit: "s",
        kind: "gauge",
        decimals: 0,
      };
      const { hash } = encodeSeriesTable({ series: [series] });
      const batch = {
        tableHash: hash,
        firstSecond,
        stepSeconds: 1,
        ticks: 1,
        values: Float64Array.of(1),
      };
      await send(metricsSubject(agent), encodeBatch(batch, { decimals: [0] }, deflate));
      return hashText(hash);
    },
    async beat() {
      const lane = { firstSeq: 0, nextSeq: 0, bytes: 0, dropped: 0 };
      const beat: Beat = {
        boot,
        version: "test",
        sentAtMs: Date.now(),
        startedAtMs: Date.now(),
        intervalSeconds: 1,
        lanes: { metrics: { ...lane, firstSeq: seq, nextSeq: seq }, events: lane, results: lane },
        clockOffsetMs: null,
        roundTripMs: null,
        activeRuns: [],
        load: { allowed: false, policy: "" },
      };
      await connection.request(beatSubject(agent), encodeJson(beat), patient);
    },
    stop: () => connection.close(),
  };
}
