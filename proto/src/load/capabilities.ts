// Which driver honours which option of a plan. One table, read by everyone: hub and agent refuse by it before anything starts,
// the form shows by it, the docs are made from it. A driver that cannot honour an option says why; nothing falls back silently.
import { type DriverName, driverSchemes, tlsSchemes } from "./drivers.ts";
import { openPacings, stagesDurationMs } from "./pacing.ts";
import { payloadFault } from "./payload-fault.ts";
import type { LoadPlan } from "./plan.ts";
import { shareOf } from "./share.ts";
import { secretsIn, templatePartsIn } from "./template.ts";

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

/** A plan's field, as a JSON pointer, that its driver cannot honour, and why. */
export interface PlanFault {
  readonly field: string;
  readonly reason: string;
}

/**
 * The first thing in a plan that cannot be carried out, whoever carries it out: options of another driver, schemes, shares
 * smaller than one. Undefined when all is well. Pure; the agent's policy is another matter.
 */
export function planFault(plan: LoadPlan): PlanFault | undefined {
  return (
    targetFault(plan) ??
    featureFault(plan) ??
    divisionFault(plan) ??
    sectionFault(plan) ??
    payloadFault(plan)
  );
}

/** The features a plan makes use of. */
export function featuresOf(plan: LoadPlan): readonly PlanFeature[] {
  const { tls, expect, requests } = plan;
  const varying = templatePartsIn(plan).find(({ part }) => part.kind !== "secret");
  const used: Partial<Record<PlanFeature, boolean | undefined>> = {
    method: plan.method !== "GET" || requests?.some(({ method }) => method !== undefined),
    headers: plan.headers.length > 0 || requests?.some(({ headers }) => headers !== undefined),
    body: plan.body !== "" || requests?.some(({ body }) => body !== undefined),
    requests: requests !== undefined,
    templates: varying !== undefined,
    feed: plan.feed !== undefined,
    secrets: secretsIn(plan).length > 0,
    auth: plan.auth !== undefined,
    tls: tls !== undefined || usesTls(plan),
    "tls.ca": tls?.ca !== undefined,
    "tls.clientCertificate": tls?.certificateSecret !== undefined || tls?.keySecret !== undefined,
    "tls.skipVerify": tls?.skipVerify === true,
    "tls.serverName": tls?.serverName !== undefined,
    "expect.statuses": expect?.statuses !== undefined,
    "expect.body": expect?.body !== undefined,
    redirects: (plan.redirectsMax ?? 0) > 0,
    streams: (plan.streams ?? 1) > 1,
    websocket: plan.websocket !== undefined,
    sse: plan.sse !== undefined,
    grpc: plan.grpc !== undefined,
    socket: plan.socket !== undefined,
    workers: (plan.workers ?? 1) > 1,
    warmup: (plan.warmupMs ?? 0) > 0,
    share: (plan.share?.of ?? 1) > 1,
    unidentified: plan.identify === false,
    precision: plan.precision !== "precise",
    [`pacing.${plan.pacing.kind}`]: true,
  };
  return planFeatures.filter((feature) => used[feature] === true);
}

const fieldOf: Partial<Record<PlanFeature, string>> = {
  "tls.ca": "/tls/ca",
  "tls.clientCertificate": "/tls/certificateSecret",
  "tls.skipVerify": "/tls/skipVerify",
  "tls.serverName": "/tls/serverName",
  "expect.statuses": "/expect/statuses",
  "expect.body": "/expect/body",
  redirects: "/redirectsMax",
  warmup: "/warmupMs",
  unidentified: "/identify",
};

function featureFault(plan: LoadPlan): PlanFault | undefined {
  for (const feature of featuresOf(plan)) {
    const capability = capabilities[plan.driver][feature];
    if (capability === true) continue;
    const field = feature.startsWith("pacing.")
      ? "/pacing"
      : (fieldOf[feature] ?? fieldOfTemplate(plan, feature) ?? `/${feature}`);
    return { field, reason: `${plan.driver} cannot honour ${feature}: ${capability}` };
  }
  return undefined;
}

/** Where a plan first uses templates, or secrets. */
function fieldOfTemplate(plan: LoadPlan, feature: PlanFeature): string | undefined {
  if (feature !== "templates" && feature !== "secrets") return undefined;
  const isMeant = (kind: string) => (kind === "secret") === (feature === "secrets");
  const found = templatePartsIn(plan).find(({ part }) => isMeant(part.kind));
  return found?.field ?? (plan.auth === undefined ? "/tls" : "/auth");
}

function targetFault({ driver, target }: LoadPlan): PlanFault | undefined {
  const field = "/target";
  if (!URL.canParse(target)) return { field, reason: "it is not a URL" };
  const url = new URL(target);
  const schemes: readonly string[] = driverSchemes[driver];
  if (!schemes.includes(url.protocol))
    return {
      field,
      reason: `the ${driver} driver speaks ${schemes.map((scheme) => `${scheme}//`).join(", ")}, not ${url.protocol}//`,
    };
  if (url.username !== "" || url.password !== "")
    return {
      field,
      reason: "it holds credentials, which would be stored: name a secret of the agent's in auth",
    };
  if (url.hostname === "") return { field, reason: "it names no host" };
  if ((driver === "tcp" || driver === "udp") && url.port === "")
    return { field, reason: "it names no port" };
  return undefined;
}

/** Every part of a divided run must have something to do, and its stages must fill its time. */
function divisionFault(plan: LoadPlan): PlanFault | undefined {
  const { share, pacing, connections, durationMs } = plan;
  const workers = plan.workers ?? 1;
  const parts = (share?.of ?? 1) * workers;
  if (connections < parts)
    return {
      field: "/connections",
      reason: `${connections} are fewer than ${parts}, one for each worker of each agent`,
    };
  if (pacing.kind === "closed" && shareOf(pacing.clients, { index: parts - 1, of: parts }) < 1)
    return {
      field: "/pacing/clients",
      reason: `${pacing.clients} are fewer than ${parts}, one for each worker of each agent`,
    };
  if (pacing.kind === "closed" && pacing.clients > connections * (plan.streams ?? 1))
    return {
      field: "/pacing/clients",
      reason: `${pacing.clients} clients need as many connections, there are ${connections}`,
    };
  if (pacing.kind === "ramp" && pacing.fromPerSecond === 0 && pacing.toPerSecond === 0)
    return { field: "/pacing", reason: "a ramp from 0 to 0 sends nothing" };
  if (pacing.kind !== "stages") return undefined;
  if (stagesDurationMs(pacing.stages) !== durationMs)
    return {
      field: "/pacing/stages",
      reason: `together they last ${stagesDurationMs(pacing.stages)} ms, the run ${durationMs} ms`,
    };
  if (pacing.fromPerSecond === 0 && pacing.stages.every(({ toPerSecond }) => toPerSecond === 0))
    return { field: "/pacing/stages", reason: "no stage sends anything" };
  return undefined;
}

/** What a driver cannot do without. */
function sectionFault(plan: LoadPlan): PlanFault | undefined {
  const { driver, grpc, socket, tls } = plan;
  if ((tls?.certificateSecret === undefined) !== (tls?.keySecret === undefined))
    return { field: "/tls", reason: "a client certificate needs both its secrets" };
  if (tls !== undefined && !usesTls(plan))
    return {
      field: "/tls",
      reason: `the target ${new URL(plan.target).protocol}// is not spoken over TLS`,
    };
  if (driver === "grpc" && grpc === undefined)
    return { field: "/grpc", reason: "the grpc driver needs to know what to call" };
  if (grpc !== undefined && grpc.call !== "health" && !/^[\w.]+\/\w+$/.test(grpc.method))
    return { field: "/grpc/method", reason: "it is not of the form package.Service/Method" };
  if ((driver === "tcp" || driver === "udp") && socket === undefined)
    return { field: "/socket", reason: `the ${driver} driver needs to know what an exchange is` };
  if (driver === "udp" && socket?.exchange === "connect")
    return { field: "/socket/exchange", reason: "UDP has no connection to make" };
  if (socket !== undefined && socket.exchange !== "connect" && plan.body === "")
    return { field: "/body", reason: `there is nothing to send for ${socket.exchange}` };
  return undefined;
}

function usesTls({ target }: LoadPlan): boolean {
  return URL.canParse(target) && tlsSchemes.includes(new URL(target).protocol);
}

/** Whether a driver's requests can be due whatever the server does. */
export function isOpenLoop(plan: Pick<LoadPlan, "pacing">): boolean {
  return openPacings.some((kind) => kind === plan.pacing.kind);
}
