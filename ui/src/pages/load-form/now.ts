// What each folded part of the form holds, in a few words. Pure.
import type { DriverName } from "@tidemark/proto";
import type { Draft } from "./draft.ts";
import { schemeOf, whyNot } from "./honoured.ts";

const joined = (...parts: readonly string[]) => parts.filter((part) => part !== "").join(", ");
const counted = (count: number, one: string, many: string) =>
  count === 0 ? "" : `${count} ${count === 1 ? one : many}`;

export function requestNow(
  { method, headers, body, requests, feed }: Draft,
  driver: DriverName,
): string {
  const lines = headers.split("\n").filter((line) => line.trim() !== "").length;
  const now = joined(
    whyNot(driver, "method") === undefined ? method : "",
    counted(lines, "header", "headers"),
    body === "" ? "" : "a body",
    counted(requests.length, "weighted request", "weighted requests"),
    feed === "" ? "" : "a data feed",
  );
  return now === "" ? "nothing yet" : now;
}

export function answerNow(
  { statuses, expectBody, redirects, timeout }: Draft,
  driver: DriverName,
): string {
  const usual = driver === "grpc" ? "status 0" : "status below 400";
  const hasStatus = whyNot(driver, "expect.statuses") === undefined;
  return joined(
    hasStatus ? statuses.trim() || usual : "",
    expectBody === "" ? "" : "a text in the body",
    redirects.trim() === "0" ? "" : `${redirects.trim()} redirects followed`,
    `within ${timeout} ms`,
  );
}

export function accessNow(draft: Draft): string {
  const auths = { none: "", basic: "Basic", bearer: "a bearer token", oauth1: "OAuth 1.0" };
  return (
    joined(
      auths[draft.auth],
      draft.certificateSecret === "" ? "" : "a client certificate",
      draft.ca === "" ? "" : "its own authority",
      draft.skipVerify ? "certificate not checked" : "",
    ) || "none"
  );
}

export function generatorNow(draft: Draft): string {
  return joined(
    draft.precision,
    draft.workers.trim() === "1" ? "1 worker" : `${draft.workers} workers`,
    draft.streams.trim() === "1" ? "" : `${draft.streams} streams`,
    Number(draft.warmup) > 0 ? `${draft.warmup} s of warm-up` : "no warm-up",
    draft.identify ? "" : "unnamed",
    draft.mayShare ? "may share" : "",
  );
}

export interface ProtocolNow {
  readonly title: string;
  readonly now: string;
  /** What a request is called in this protocol. */
  readonly carries: string;
  readonly needsBody: boolean;
}

/** Undefined for protocols without options of their own. */
export function protocolNow(draft: Draft, driver: DriverName): ProtocolNow | undefined {
  const scheme = schemeOf(draft.target);
  const can = (feature: "websocket" | "sse" | "grpc" | "socket") =>
    whyNot(driver, feature) === undefined;
  if (can("websocket"))
    return {
      title: "WebSocket",
      now: draft.websocketExchange,
      carries: "Message",
      needsBody: draft.websocketExchange !== "ping",
    };
  if (can("sse"))
    return {
      title: "Server-sent events",
      now: draft.sseMeasure.replace("-", " "),
      carries: "Request",
      needsBody: false,
    };
  if (can("grpc") && scheme.startsWith("grpc"))
    return {
      title: "gRPC",
      now: joined(draft.grpcCall, draft.grpcMethod),
      carries: "Message",
      needsBody: draft.grpcCall !== "health",
    };
  if (can("socket") && (scheme === "tcp:" || scheme === "udp:"))
    return {
      title: scheme.slice(0, -1).toUpperCase(),
      now: draft.socketExchange,
      carries: "Payload",
      needsBody: draft.socketExchange !== "connect",
    };
  return undefined;
}
