// WebSocket (RFC 6455) over a stream of our own: masked frames out, a byte parser in, nothing made per message that need not be.
// No compression is offered, and a text message's UTF-8 is not checked.
import { type LoadPlan, parseTemplate } from "@tidemark/proto";
import { type RequestContext, type RequestSource, openRequests } from "../../requests/requests.ts";
import { readable } from "../../streams/readable.ts";
import { type Tap, readBufferOf } from "../../streams/stream.ts";
import { tryExchange } from "../../streams/trial.ts";
import { tlsOptions } from "../../tls.ts";
import { type Dial, type Driver, type DriverContext, PlanRejected } from "../driver.ts";
import { Broadcasts } from "./broadcasts.ts";
import { type Shared, WebSocketConnection, type WebSocketExchange } from "./connection.ts";
import { describeReceived } from "./described.ts";
import { opcodes } from "./frames.ts";
import { handshakeRequest } from "./handshake.ts";
import { constantFrames } from "./masked.ts";

/** Without the section: the next message answers. */
const usualExchange: WebSocketExchange = "echo";

export const websocket: Driver = {
  check(plan) {
    const exchange = exchangeOf(plan);
    if (exchange === "ping") {
      if (plan.body !== "") throw new PlanRejected("body: a ping has a payload of its own");
      if (plan.expect?.body !== undefined)
        throw new PlanRejected("expect/body: a pong holds what its ping held");
    }
    if ((exchange === "request" || exchange === "broadcast") && !holdsId(plan.body))
      throw new PlanRejected(
        `body: ${exchange} knows its message by {{id}}, which the body must hold and the server send back`,
      );
  },
  prepare: (plan, context) => prepare(plan, context, undefined),
  tryOnce: async (plan, context) =>
    await tryExchange({
      plan,
      context,
      prepare: (watched, tap) => prepare(plan, watched, tap),
      request: (hide) => describeRequest(plan, context, hide),
      response: describeReceived,
      hasStatus: false,
    }),
};

function prepare(plan: LoadPlan, context: DriverContext, tap: Tap | undefined): Dial {
  const { endpoint, remark, run } = context;
  const { handshakes, messages } = sourcesOf(plan, context);
  const body = plan.expect?.body;
  const exchange = exchangeOf(plan);
  const shared: Shared = {
    target: {
      endpoint,
      tls: tlsOptions(plan, context, ["http/1.1"]),
      readBuffer: readBufferOf(),
      remark,
      tap,
    },
    exchange,
    handshakes,
    messages,
    constant: messages.isConstant ? constantFrames(opcodes.text, messages.next().body) : undefined,
    host: new URL(plan.target).host,
    subprotocol: plan.websocket?.subprotocol,
    wanted: body === undefined ? undefined : Buffer.from(body),
    broadcasts: new Broadcasts(run),
  };
  return (events) => new WebSocketConnection(shared, events);
}

/** Handshakes carry the plan's headers, messages its body: each has turns of its own, and only messages use a feed up. */
function sourcesOf(
  plan: LoadPlan,
  context: RequestContext,
): { readonly handshakes: RequestSource; readonly messages: RequestSource } {
  const { auth: _, feed, ...rest } = plan;
  const handshake =
    feed === undefined ? plan : { ...plan, feed: { ...feed, order: "cycle" as const } };
  const message = feed === undefined ? rest : { ...rest, feed };
  return {
    handshakes: openRequests({ ...handshake, body: "" }, context),
    messages: openRequests({ ...message, headers: [], identify: false }, context),
  };
}

function describeRequest(
  plan: LoadPlan,
  context: RequestContext,
  hide: (text: string) => string,
): string {
  const { handshakes, messages } = sourcesOf(plan, context);
  const { host } = new URL(plan.target);
  const key = "(16 random bytes as base64)";
  const request = handshakeRequest(handshakes.next(), host, plan.websocket?.subprotocol, key);
  const handshake = readable(Buffer.from(request, "latin1"), hide).replaceAll("\\r\n", "\n");
  if (exchangeOf(plan) === "ping") return `${handshake}ping: 1`;
  return `${handshake}text: ${readable(messages.next().body, hide)}`;
}

function exchangeOf({ websocket: options }: LoadPlan): WebSocketExchange {
  return options?.exchange ?? usualExchange;
}

function holdsId(body: string): boolean {
  const template = parseTemplate(body);
  return template.kind === "template" && template.parts.some(({ kind }) => kind === "id");
}
