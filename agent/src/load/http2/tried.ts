// One request of a plan on a connection of its own, written out for a person: what both HTTP/2 drivers show of it.
import type { ConnectionOptions } from "node:tls";
import {
  type LoadPlan,
  type RequestError,
  type TriedExchange,
  triedTextMax,
} from "@tidemark/proto";
import type { DriverContext } from "../drivers/driver.ts";
import { openHiding } from "../hiding.ts";
import { describeTls } from "../tls.ts";
import { type Exchanged, exchangeOnce } from "./exchange-once.ts";
import type { Field } from "./header-table.ts";
import type { StreamRequest } from "./stream.ts";

const remarksMax = 32;

const explanations: Readonly<Record<RequestError, string>> = {
  connect: "no connection could be made",
  refused: "the connection, or the request on it, was refused",
  tls: "TLS failed, see the remarks",
  timeout: "no whole response within the plan's timeout",
  reset: "the stream or its connection was reset",
  closed: "the connection was closed before the response was whole",
  malformed: "what came is no such response",
};

export interface TryOptions {
  readonly plan: LoadPlan;
  readonly context: DriverContext;
  readonly tls: ConnectionOptions | undefined;
  readonly request: StreamRequest;
  /** The request's body as a person reads it. */
  readonly requestText: string;
  readonly read: (exchanged: Exchanged) => Reading;
}

/** What a protocol makes of a response. */
export interface Reading {
  readonly text: string;
  readonly status: number | null;
  readonly isExpected: boolean;
}

export async function tryExchange(options: TryOptions): Promise<TriedExchange> {
  const { plan, context, tls, request, requestText, read } = options;
  const { endpoint, secrets } = context;
  const remarks = new Set<string>();
  if (plan.tls?.skipVerify === true)
    remarks.add("the server's certificate was not checked, as tls.skipVerify asks");
  let described: TriedExchange["tls"] = null;
  const exchanged = await exchangeOnce({
    endpoint,
    tls,
    remark: (text) => remarks.add(text),
    request,
    timeoutMs: plan.timeoutMs,
    bodyBytesMax: triedTextMax,
    secured: (socket) => {
      described = describeTls(socket, plan.tls?.skipVerify !== true);
    },
  });
  const reading = read(exchanged);
  const sent = shown(request.fields, requestText, []);
  const received = shown(exchanged.head?.fields ?? [], reading.text, exchanged.trailers);
  const isCut = exchanged.isCut || sent.length > triedTextMax || received.length > triedTextMax;
  const hide = openHiding(plan, secrets);
  const shortened = (text: string) =>
    hide(text.slice(0, triedTextMax), isCut ? "cut" : "whole").slice(0, triedTextMax);
  return {
    request: shortened(sent),
    response: shortened(received),
    truncated: isCut,
    status: reading.status,
    expected: exchanged.error === undefined && reading.isExpected,
    error:
      exchanged.error === undefined ? null : `${exchanged.error}: ${explanations[exchanged.error]}`,
    timings: exchanged.timings,
    address: `${endpoint.address}:${endpoint.port}`,
    tls: described,
    remarks: [...remarks].slice(0, remarksMax).map((text) => hide(text).slice(0, 512)),
  };
}

function shown(head: readonly Field[], text: string, trailers: readonly Field[]): string {
  const parts = [linesOf(head), text, linesOf(trailers)].filter((part) => part !== "");
  return parts.join("\n\n");
}

function linesOf(fields: readonly Field[]): string {
  return fields.map(({ name, value }) => `${name}: ${value}`).join("\n");
}
