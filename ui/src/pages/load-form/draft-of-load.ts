// The form filled in as a profile's load says: the way back from options-of-draft.ts and request-of-draft.ts. Pure.
import { withPreset, type Header, type LoadSpec, type Placement } from "@tidemark/proto";
import { draftOfShape, emptyDraft, type Draft, type Shape } from "./draft.ts";

/** What the hub takes where a load does not say it. */
const hubDefaults = { duration: "10", connections: "8", timeout: "5000" } as const;

export function draftOfLoad(load: LoadSpec, placement: Placement): Draft {
  const filled = withPreset(load);
  const shape: Shape = filled.pacing ?? {
    kind: "constant",
    ratePerSecond: filled.ratePerSecond ?? Number(emptyDraft.rate),
  };
  return {
    ...emptyDraft,
    who: placement.selector === undefined ? "agents" : "selector",
    agents: placement.agents ?? [],
    selector: placement.selector ?? "",
    target: load.target,
    driver: load.driver ?? "",
    preset: filled.pacing === undefined ? "" : (load.preset ?? ""),
    ...draftOfShape(shape),
    duration: textOf(filled.durationSeconds, hubDefaults.duration),
    connections: textOf(filled.connections ?? clientsOf(shape), hubDefaults.connections),
    warmup: textOf(filled.warmupSeconds, emptyDraft.warmup),
    timeout: textOf(filled.timeoutMs, hubDefaults.timeout),
    precision: filled.precision ?? emptyDraft.precision,
    ...payloadOf(load),
    ...answerOf(load),
    ...accessOf(load),
    ...protocolOf(load),
    workers: textOf(load.workers, emptyDraft.workers),
    streams: textOf(load.streams, emptyDraft.streams),
    identify: load.identify ?? emptyDraft.identify,
    mayShare: load.mayShare ?? emptyDraft.mayShare,
  };
}

const textOf = (value: number | undefined, usual: string) =>
  value === undefined ? usual : String(value);

const clientsOf = (shape: Shape) => (shape.kind === "closed" ? shape.clients : undefined);

/** One `Name: value` a line, as `headersOf` reads them. */
export const linesOf = (headers: readonly Header[] = []): string =>
  headers.map(({ name, value }) => `${name}: ${value}`).join("\n");

function payloadOf({ method, headers, body, requests, feed }: LoadSpec): Partial<Draft> {
  return {
    method: method ?? emptyDraft.method,
    headers: linesOf(headers),
    body: body ?? "",
    requests: (requests ?? []).map((each) => ({
      weight: String(each.weight),
      method: each.method ?? "",
      path: each.path ?? "",
      headers: linesOf(each.headers),
      body: each.body ?? "",
    })),
    feed: feed?.csv ?? "",
    feedOrder: feed?.order ?? emptyDraft.feedOrder,
  };
}

function answerOf({ expect, redirectsMax }: LoadSpec): Partial<Draft> {
  return {
    statuses: (expect?.statuses ?? []).join(" "),
    expectBody: expect?.body ?? "",
    redirects: textOf(redirectsMax, emptyDraft.redirects),
  };
}

function accessOf({ auth, tls }: LoadSpec): Partial<Draft> {
  return {
    ...authFieldsOf(auth),
    serverName: tls?.serverName ?? "",
    ca: tls?.ca ?? "",
    certificateSecret: tls?.certificateSecret ?? "",
    keySecret: tls?.keySecret ?? "",
    skipVerify: tls?.skipVerify ?? false,
  };
}

function authFieldsOf(auth: LoadSpec["auth"]): Partial<Draft> {
  switch (auth?.kind) {
    case undefined:
      return {};
    case "basic":
      return { auth: auth.kind, username: auth.username, authSecret: auth.passwordSecret };
    case "bearer":
      return { auth: auth.kind, authSecret: auth.tokenSecret };
    case "oauth1":
      return { auth: auth.kind, authSecret: auth.keySecret };
  }
}

function protocolOf({ websocket, sse, grpc, socket }: LoadSpec): Partial<Draft> {
  return {
    websocketExchange: websocket?.exchange ?? emptyDraft.websocketExchange,
    subprotocol: websocket?.subprotocol ?? "",
    sseMeasure: sse?.measure ?? emptyDraft.sseMeasure,
    grpcCall: grpc?.call ?? emptyDraft.grpcCall,
    grpcMethod: grpc?.method ?? "",
    grpcProto: grpc?.proto ?? "",
    socketExchange: socket?.exchange ?? emptyDraft.socketExchange,
    encoding: socket?.encoding ?? emptyDraft.encoding,
  };
}
