// Which driver honours which option of a plan. One table, read by everyone: hub and agent refuse by it before anything starts,
// the form shows by it, the docs are made from it. A driver that cannot honour an option says why; nothing falls back silently.
import type { DriverName } from "./drivers.ts";

/** What a plan may ask of its driver beyond a target. */
export const planFeatures = [
  "method",
  "headers",
  "body",
  "requests",
  "templates",
  "feed",
  "secrets",
  "auth",
  "tls",
  "tls.ca",
  "tls.clientCertificate",
  "tls.skipVerify",
  "tls.serverName",
  "expect.statuses",
  "expect.body",
  "redirects",
  "streams",
  "websocket",
  "sse",
  "grpc",
  "socket",
  "workers",
  "warmup",
  "share",
  "unidentified",
  "precision",
  "timeout",
  "try",
  "pacing.constant",
  "pacing.ramp",
  "pacing.stages",
  "pacing.poisson",
  "pacing.closed",
  "pacing.max",
] as const;
export type PlanFeature = (typeof planFeatures)[number];

/** `true`: honoured as asked. Text: why not. */
export type Capability = true | string;
export type Capabilities = Readonly<Record<PlanFeature, Capability>>;

const all = Object.fromEntries(planFeatures.map((feature) => [feature, true])) as Record<
  PlanFeature,
  true
>;
const noPayloads = {
  requests: "it sends one kind of message",
  templates: "its message is sent as it stands",
  feed: "its message is sent as it stands",
} as const;
const noTls = {
  tls: "it speaks in the clear",
  "tls.ca": "it speaks in the clear",
  "tls.clientCertificate": "it speaks in the clear",
  "tls.skipVerify": "it speaks in the clear",
  "tls.serverName": "it speaks in the clear",
} as const;
const notHttp = {
  method: "the protocol has no methods",
  headers: "the protocol has no headers",
  requests: "the protocol has no paths",
  auth: "the protocol has no headers to carry it",
  "expect.statuses": "the protocol has no statuses",
  redirects: "the protocol has no redirects",
  unidentified: "the protocol carries no identification anyway",
} as const;
const other = {
  websocket: "it is not the websocket driver",
  sse: "it is not the sse driver",
  grpc: "it is not the grpc driver",
  socket: "it is neither the tcp nor the udp driver",
} as const;

/** An installed program decides these by itself. */
const installed = {
  ...other,
  precision: "the program keeps time in its own way",
  share: "the program cannot be given a part of a schedule: run it on one agent",
  feed: "the program sends the same request each time",
  templates: "the program sends the same request each time",
  requests: "the program sends the same request each time",
  "expect.statuses": "the program has its own idea of success",
  "expect.body": "the program does not look into bodies",
  streams: "the program is not told how to multiplex",
  try: "try the http1 driver: the program shows no exchange",
  "pacing.ramp": "the program knows one rate",
  "pacing.stages": "the program knows one rate",
  "pacing.poisson": "the program knows one rate",
} as const;
const inArguments =
  "a secret would stand in the program's arguments, which every user of the host can read";
const wrkFamily = {
  ...all,
  ...installed,
  redirects: "the program takes a 3xx for the response",
  timeout: "the program counts slow responses and does not end them",
  "tls.ca": "the program checks no certificates",
  "tls.clientCertificate": "the program has no client certificates",
  "tls.serverName": "the program takes it from the target",
  warmup: "the program has none that can be told apart",
  "pacing.closed": "the program has no think time",
} as const;

/** Every driver's answer to every feature. */
export const capabilities: Readonly<Record<DriverName, Capabilities>> = {
  http1: {
    ...all,
    ...other,
    streams: "HTTP/1.1 carries one request at a time on a connection",
  },
  http2: { ...all, ...other, redirects: "only http1 follows redirects" },
  websocket: {
    ...all,
    ...other,
    websocket: true,
    method: "the opening handshake is a GET",
    requests: noPayloads.requests,
    redirects: "only http1 follows redirects",
    streams: "a WebSocket carries one exchange at a time",
    "expect.statuses": "a message has no status; the handshake must answer 101",
  },
  sse: {
    ...all,
    ...other,
    sse: true,
    method: "an event stream is asked for with GET",
    body: "an event stream is asked for without a body",
    requests: noPayloads.requests,
    redirects: "only http1 follows redirects",
    streams: "an event stream has its connection for itself",
  },
  grpc: {
    ...all,
    ...other,
    grpc: true,
    method: "every gRPC call is a POST",
    requests: noPayloads.requests,
    redirects: "gRPC has no redirects",
  },
  tcp: {
    ...all,
    ...other,
    ...notHttp,
    ...noTls,
    ...noPayloads,
    socket: true,
    secrets: "its message is sent as it stands",
    streams: "a TCP connection carries one exchange at a time",
  },
  udp: {
    ...all,
    ...other,
    ...notHttp,
    ...noTls,
    ...noPayloads,
    socket: true,
    secrets: "its message is sent as it stands",
    streams: "a datagram is one exchange",
  },
  fortio: {
    ...all,
    ...installed,
    grpc: true,
    socket: true,
    redirects: "its fast client does not follow them",
    secrets: inArguments,
    auth: inArguments,
    "tls.clientCertificate": "its key is a secret, and the program is given none",
    "tls.serverName": "the program takes it from the target",
    "pacing.closed": "the program has no think time",
    workers: "it uses as many threads as connections",
    warmup: "its own is one request a connection and cannot be set",
  },
  wrk2: { ...wrkFamily, "pacing.max": "wrk2 always wants a rate: use wrk" },
  wrk: { ...wrkFamily, "pacing.constant": "wrk knows no rate: use wrk2" },
  nighthawk: {
    ...all,
    ...installed,
    redirects: "the program takes a 3xx for the response",
    secrets: inArguments,
    auth: inArguments,
    timeout: "the program has no timeout for a request",
    "tls.ca": "not carried over to the program's transport socket",
    "tls.clientCertificate": "not carried over to the program's transport socket",
    "tls.serverName": "the program takes it from the target",
    "pacing.closed": "the program has no think time",
    "pacing.max": "Nighthawk always wants a rate: use wrk",
    warmup: "the program counts its own",
    body: "the program sends a body of its own making",
  },
};
