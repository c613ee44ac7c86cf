// UDP: a datagram there, a datagram back. What is lost is a timeout.
import type { LoadPlan } from "@tidemark/proto";
import { payloadOf } from "../../streams/payload.ts";
import { readable } from "../../streams/readable.ts";
import type { Tap } from "../../streams/stream.ts";
import { tryExchange } from "../../streams/trial.ts";
import { type Dial, type Driver, type DriverContext, PlanRejected } from "../driver.ts";
import { type Answers, UdpConnection } from "./connection.ts";

/** What one datagram carries over IPv4 (RFC 768): 65,535 less the headers of IP and UDP. */
const datagramBytesMax = 65_507;

export const udp: Driver = {
  check(plan) {
    datagramOf(plan);
    answersOf(plan);
  },
  prepare: (plan, context) => prepare(plan, context, undefined),
  tryOnce: async (plan, context) =>
    await tryExchange({
      plan,
      context,
      prepare: (watched, tap) => prepare(plan, watched, tap),
      request: (hide) => readable(datagramOf(plan), hide),
      response: readable,
      hasStatus: false,
    }),
};

function prepare(plan: LoadPlan, context: DriverContext, tap: Tap | undefined): Dial {
  const { endpoint, remark } = context;
  const shared = { endpoint, datagram: datagramOf(plan), answers: answersOf(plan), remark, tap };
  return (events) => new UdpConnection(shared, events);
}

function datagramOf(plan: LoadPlan): Buffer {
  const payload = payloadOf(plan);
  if (payload.length > datagramBytesMax)
    throw new PlanRejected(
      `body: ${payload.length} bytes do not fit into a datagram of ${datagramBytesMax}`,
    );
  return payload;
}

/** Which datagrams answer, and how. */
function answersOf(plan: LoadPlan): Answers {
  const { socket, expect } = plan;
  switch (socket?.exchange) {
    case "echo": {
      const sent = datagramOf(plan);
      const isExpected = expect?.body === undefined || sent.includes(expect.body);
      return (received) => (isExpected && received.equals(sent) ? "as expected" : "otherwise");
    }
    case "request": {
      const wanted = Buffer.from(expect?.body ?? "");
      return (received) => (received.includes(wanted) ? "as expected" : "not at all");
    }
    case "connect":
    case undefined:
      throw new PlanRejected("socket/exchange: UDP knows echo and request");
  }
}
