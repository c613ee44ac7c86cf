// Server-sent events over HTTP/1.1: how long until a stream's first event, or from event to event.
import type { LoadPlan } from "@tidemark/proto";
import { openExpectation } from "../../requests/expectation.ts";
import { type RequestContext, type RequestParts, openRequests } from "../../requests/requests.ts";
import { HeadReader } from "../../streams/head.ts";
import { readable } from "../../streams/readable.ts";
import { type Tap, readBufferOf } from "../../streams/stream.ts";
import { tryExchange } from "../../streams/trial.ts";
import { tlsOptions } from "../../tls.ts";
import { type Dial, type Driver, type DriverContext, PlanRejected } from "../driver.ts";
import { openBody } from "./body.ts";
import { type Measure, SseConnection } from "./connection.ts";

/** Without the section: a new stream each time. */
const usualMeasure: Measure = "first-event";

export const sse: Driver = {
  check({ sse: options, feed }) {
    if (options?.measure === "gap" && feed?.order === "once")
      throw new PlanRejected(
        "feed/order: once cannot be held where streams that end are opened again",
      );
  },
  prepare: (plan, context) => prepare(plan, context, undefined),
  tryOnce: async (plan, context) =>
    await tryExchange({
      plan,
      context,
      prepare: (watched, tap) => prepare(plan, watched, tap),
      request: (hide) => lines(readable(requestsOf(plan, context)(), hide)),
      response: describeReceived,
      hasStatus: true,
    }),
};

function prepare(plan: LoadPlan, context: DriverContext, tap: Tap | undefined): Dial {
  const { endpoint, remark } = context;
  const shared = {
    target: {
      endpoint,
      tls: tlsOptions(plan, context, ["http/1.1"]),
      readBuffer: readBufferOf(),
      remark,
      tap,
    },
    measure: plan.sse?.measure ?? usualMeasure,
    request: requestsOf(plan, context),
    expectation: openExpectation(plan),
    namesStatuses: plan.expect?.statuses !== undefined,
  };
  return (events) => new SseConnection(shared, events);
}

/** The bytes of one request after another. */
function requestsOf(plan: LoadPlan, context: RequestContext): () => Buffer {
  const { host } = new URL(plan.target);
  const source = openRequests(plan, context);
  if (!source.isConstant) return () => streamRequest(source.next(), host);
  const request = streamRequest(source.next(), host);
  return () => request;
}

function streamRequest({ path, headers }: RequestParts, host: string): Buffer {
  const given = new Set(headers.map(({ name }) => name.toLowerCase()));
  const head = [
    `GET ${path} HTTP/1.1`,
    ...(given.has("host") ? [] : [`Host: ${host}`]),
    ...(given.has("accept") ? [] : ["Accept: text/event-stream"]),
    ...headers.map(({ name, value }) => `${name}: ${value}`),
    "",
    "",
  ].join("\r\n");
  return Buffer.from(head, "latin1");
}

/** The head, and the body without its framing. */
function describeReceived(received: Buffer, hide: (text: string) => string): string {
  const progress = new HeadReader().feed(received, 0, received.length);
  if (progress.kind !== "head") return readable(received, hide);
  const pieces: Buffer[] = [];
  openBody(progress.head)?.feed(received, progress.end, received.length, (bytes, from, to) =>
    pieces.push(bytes.subarray(from, to)),
  );
  const head = readable(received.subarray(0, progress.end), hide);
  return lines(head) + readable(Buffer.concat(pieces), hide);
}

/** A head's line ends, as a person reads them. */
function lines(head: string): string {
  return head.replaceAll("\\r\n", "\n");
}
