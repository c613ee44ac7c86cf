// What in a plan cannot be carried out, whoever carries it out. Pure: hub, agent and form refuse by it before anything starts.
import { type PlanFeature, capabilities, planFeatures } from "./capabilities.ts";
import { driverSchemes, tlsSchemes } from "./drivers.ts";
import { stagesDurationMs } from "./pacing.ts";
import { payloadFault } from "./payload-fault.ts";
import type { LoadPlan } from "./plan.ts";
import { shareOf } from "./share.ts";
import { secretsIn, templatePartsIn } from "./template.ts";

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
