// TCP itself: how long its handshake takes, and whether and when bytes come back.
import type { LoadPlan } from "@tidemark/proto";
import { BodyMatch } from "../../requests/body-match.ts";
import { payloadOf } from "../../streams/payload.ts";
import { readable } from "../../streams/readable.ts";
import { type StreamTarget, type Tap, readBufferOf } from "../../streams/stream.ts";
import { tryExchange } from "../../streams/trial.ts";
import { type Dial, type Driver, type DriverContext, PlanRejected } from "../driver.ts";
import { ConnectConnection } from "./connect.ts";
import { EchoConnection } from "./echo.ts";
import { RequestConnection } from "./request.ts";

export const tcp: Driver = {
  check(plan) {
    payloadOf(plan);
    exchangeOf(plan);
  },
  prepare: (plan, context) => prepare(plan, context, undefined),
  tryOnce: async (plan, context) =>
    await tryExchange({
      plan,
      context,
      prepare: (watched, tap) => prepare(plan, watched, tap),
      request: (hide) => readable(payloadOf(plan), hide),
      response: readable,
      hasStatus: false,
    }),
};

function prepare(plan: LoadPlan, context: DriverContext, tap: Tap | undefined): Dial {
  const { endpoint, remark } = context;
  const target: StreamTarget = {
    endpoint,
    tls: undefined,
    readBuffer: readBufferOf(),
    remark,
    tap,
  };
  const payload = payloadOf(plan);
  const wanted = plan.expect?.body;
  switch (exchangeOf(plan)) {
    case "connect":
      return (events) => new ConnectConnection(target, events);
    case "echo": {
      const isExpected = wanted === undefined || payload.includes(wanted);
      return (events) => new EchoConnection(target, payload, isExpected, events);
    }
    case "request":
      return (events) =>
        new RequestConnection(target, payload, new BodyMatch(Buffer.from(wanted ?? "")), events);
  }
}

function exchangeOf({ socket, expect }: LoadPlan): NonNullable<LoadPlan["socket"]>["exchange"] {
  if (socket === undefined) throw new PlanRejected("socket: it must say what an exchange is");
  if (socket.exchange === "connect" && expect?.body !== undefined)
    throw new PlanRejected("expect/body: a connection that is only made brings no bytes");
  return socket.exchange;
}
