// An enrolled host whose program has gone bad: its own credentials, a bare connection, and whatever bytes a test likes.
import { type NatsConnection, connect, headers, jwtAuthenticator } from "@nats-io/transport-node";
import { type BootId, inboxPrefix, messageId, newId } from "@tidemark/proto";
import { readIdentity } from "../../agent/src/enrol/identity.ts";
import type { EnrolledHost } from "./stack.ts";

export interface Intruder {
  readonly host: EnrolledHost;
  readonly connection: NatsConnection;
  /** Publishes and resolves to the stream's answer; `id` is the next of its own unless given, "" sends none. */
  send(subject: string, body: Uint8Array | string, id?: string): Promise<string>;
}

const answerMs = 5_000;

export async function startIntruder(
  host: EnrolledHost,
  { reconnect = true } = {},
): Promise<Intruder> {
  const { brokerUrls, jwt, seed } = readIdentity(host.dataDir);
  const connection = await connect({
    servers: [...brokerUrls],
    authenticator: jwtAuthenticator(jwt, Buffer.from(seed)),
    inboxPrefix: inboxPrefix(host.id),
    reconnect,
    reconnectTimeWait: 100,
    maxReconnectAttempts: -1,
  });
  const boot = newId<BootId>();
  let seq = 0;
  return {
    host,
    connection,
    async send(subject, body, id) {
      seq += 1;
      const sent = headers();
      const own = id ?? messageId(host.id, boot, seq);
      if (own !== "") sent.set("Nats-Msg-Id", own);
      const reply = await connection.request(subject, body, { headers: sent, timeout: answerMs });
      return reply.string();
    },
  };
}
