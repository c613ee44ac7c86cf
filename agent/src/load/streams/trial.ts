// One exchange of a driver, watched from the first packet to the answer: what `tryOnce` of every socket driver does.
import { performance } from "node:perf_hooks";
import {
  type LoadPlan,
  type RequestError,
  type TriedExchange,
  triedTextMax,
} from "@tidemark/proto";
import type { Dial, DriverContext, Endpoint } from "../drivers/driver.ts";
import { type Hide, openHiding } from "../hiding.ts";
import { describeTls } from "../tls.ts";
import type { Tap } from "./stream.ts";

export interface TrialOptions {
  readonly plan: LoadPlan;
  readonly context: DriverContext;
  /** Prepares the driver as for a run, but with a tap on the wire. */
  readonly prepare: (context: DriverContext, tap: Tap) => Dial;
  /** What is sent, readably, and what came; `hide` takes the secrets out. */
  readonly request: (hide: Hide) => string;
  readonly response: (received: Buffer, hide: Hide) => string;
  readonly hasStatus: boolean;
}

type Outcome =
  | { readonly kind: "answered"; readonly status: number; readonly expected: boolean }
  | { readonly kind: "failed"; readonly reason: string };

/** Bytes kept for showing; some more than is shown, so that a secret is known for one where the text is cut. */
const receivedBytesMax = 2 * triedTextMax;
const textLengthMax = 512;
const remarksMax = 32;

const reasons: Readonly<Record<RequestError, string>> = {
  connect: "the connection attempt failed",
  timeout: "no answer in time",
  reset: "the server reset the connection",
  closed: "the server closed the connection",
  malformed: "the server answered with something that is not this protocol",
  refused: "the server refused",
  tls: "TLS failed",
};

/** Never rejects; ends at the plan's timeout. */
export async function tryExchange(options: TrialOptions): Promise<TriedExchange> {
  const { plan, context, hasStatus } = options;
  const hide = openHiding(plan, context.secrets);
  const startMs = performance.now();
  const elapsed = () => performance.now() - startMs;
  const timings: TriedExchange["timings"] = {
    connectedMs: null,
    tlsMs: null,
    firstByteMs: null,
    endMs: null,
  };
  const remarks = new Set<string>();
  const received: Buffer[] = [];
  let receivedBytes = 0;
  let tls: TriedExchange["tls"] = null;
  const tap: Tap = {
    connected: () => (timings.connectedMs = elapsed()),
    secured(socket) {
      timings.tlsMs = elapsed();
      tls = describeTls(socket, socket.authorized);
    },
    read(bytes, length) {
      timings.firstByteMs ??= elapsed();
      receivedBytes += length;
      if (receivedBytes - length < receivedBytesMax)
        received.push(Buffer.from(bytes.subarray(0, length)));
    },
  };
  const dial = options.prepare({ ...context, remark: (text) => remarks.add(text) }, tap);
  const outcome = await exchanged(dial, plan.timeoutMs, () => {
    // A handshake's bytes are no answer's.
    timings.firstByteMs = null;
  });
  if (receivedBytes > 0) timings.endMs = elapsed();
  const isCut = receivedBytes > receivedBytesMax;
  const shown = Buffer.concat(received).subarray(0, receivedBytesMax);
  const response = options.response(shown, (text) => hide(text, isCut ? "cut" : "whole"));
  const request = options.request(hide);
  return {
    request: request.slice(0, triedTextMax),
    response: response.slice(0, triedTextMax),
    truncated: isCut || request.length > triedTextMax || response.length > triedTextMax,
    status: outcome.kind === "answered" && hasStatus ? outcome.status : null,
    expected: outcome.kind === "answered" && outcome.expected,
    error: outcome.kind === "failed" ? outcome.reason : null,
    timings,
    address: addressOf(context.endpoint),
    tls,
    remarks: [...remarks].slice(0, remarksMax).map((text) => hide(text).slice(0, textLengthMax)),
  };
}

/** Opens one connection, sends one request, and waits for what becomes of it. */
async function exchanged(dial: Dial, timeoutMs: number, sending: () => void): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  let isSent = false;
  const connection = dial({
    opened() {
      if (isSent) return;
      isSent = true;
      sending();
      connection.send();
    },
    received: () => undefined,
    answered: (status, _, expected) => resolve({ kind: "answered", status, expected }),
    lost: (error) => resolve({ kind: "failed", reason: reasons[error] }),
  });
  const timer = setTimeout(
    () => resolve({ kind: "failed", reason: `no answer within ${timeoutMs} ms` }),
    timeoutMs,
  );
  const outcome = await promise;
  clearTimeout(timer);
  connection.close();
  return outcome;
}

function addressOf({ address, port }: Endpoint): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}
