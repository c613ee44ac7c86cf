// A profile as SMP's PerformanceTestConfig, in Meshery's wrapper.
import {
  type DriverName,
  type ProfileSpec,
  isInstalledDriver,
  peakPerSecond,
} from "@tidemark/proto";
import { planOf } from "../../load/plan.ts";
import { driverOf } from "../shape.ts";
import { goDuration } from "./go-duration.ts";
import { meshType } from "./mesh-types.ts";
import { smpDocument, smpVersion } from "./smp-document.ts";
import { type Loss, areEndpoints, isWebSocket, plainTextOf } from "./smp-lost.ts";
import { agentsLabel, descriptionLabel, protocolLabel, selectorLabel } from "./smp-names.ts";

/** The document, with what it lost as comments at its top. `id` is the profile's own. */
export function smpConfigYaml(id: string, spec: ProfileSpec, losses: readonly Loss[]): string {
  const { mesh, labels } = labelsOf(spec);
  const test = {
    smp_version: smpVersion,
    id,
    name: spec.name,
    labels,
    clients: [clientOf(spec)],
    duration: goDuration(durationMsOf(spec)),
  };
  return smpDocument({ test, ...(mesh && { mesh }) }, losses);
}

/** A profile's labels, with what else SMP can say in labels alone. */
function labelsOf({ load, labels = {}, placement, description }: ProfileSpec) {
  const { mesh: meshName, "mesh.version": version, ...others } = labels;
  const type = meshName === undefined ? undefined : meshType(meshName);
  const mesh = type === undefined ? undefined : { type, ...(version !== undefined && { version }) };
  return {
    mesh,
    labels: {
      ...(mesh === undefined ? labels : others),
      ...(isWebSocket(load) && { [protocolLabel]: "websocket" }),
      ...(placement.selector !== undefined && { [selectorLabel]: placement.selector }),
      ...(placement.agents !== undefined && { [agentsLabel]: placement.agents.join(",") }),
      ...(description !== undefined && { [descriptionLabel]: description }),
    },
  };
}

function clientOf(spec: ProfileSpec) {
  const { load } = spec;
  const planned = planOf(load);
  if (planned.kind === "faulty") throw new Error(`a profile that cannot run: ${planned.reason}`);
  const { plan, search } = planned;
  const driver = driverOf(spec);
  return {
    internal: false,
    load_generator: isInstalledDriver(driver) ? driver : "tidemark",
    protocol: protocols[driver] ?? protocolOfScheme(plan.target),
    connections: plan.connections,
    rps: wholeRate(search?.toPerSecond ?? peakPerSecond(plan.pacing)),
    headers: headersOf(load.headers ?? []),
    cookies: {},
    body: driver === "tcp" || driver === "udp" ? plan.body : (plainTextOf(plan.body) ?? ""),
    content_type: "",
    endpoint_urls: areEndpoints(load)
      ? (load.requests ?? []).map(({ path = "/" }) => new URL(path, plan.target).href)
      : [plan.target],
    ssl_certificate: load.tls?.ca ?? "",
    additional_options: "",
  };
}

/** 0 is SMP's "as fast as possible", which no slow rate may become. */
const wholeRate = (perSecond: number | undefined) =>
  perSecond === undefined ? 0 : Math.max(1, Math.round(perSecond));

const protocols: Partial<Record<DriverName, string>> = {
  http1: "PROTOCOL_HTTP",
  http2: "PROTOCOL_HTTP",
  websocket: "PROTOCOL_HTTP",
  sse: "PROTOCOL_HTTP",
  tcp: "PROTOCOL_TCP",
  udp: "PROTOCOL_UDP",
  grpc: "PROTOCOL_GRPC",
};

function protocolOfScheme(target: string): string {
  const scheme = new URL(target).protocol.replace(/s?:$/, "").toUpperCase();
  return `PROTOCOL_${scheme}`;
}

function headersOf(headers: NonNullable<ProfileSpec["load"]["headers"]>): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const { name, value } of headers) {
    const text = plainTextOf(value);
    if (text !== undefined && !Object.hasOwn(sent, name)) sent[name] = text;
  }
  return sent;
}

function durationMsOf({ load }: ProfileSpec): number {
  const planned = planOf(load);
  return planned.kind === "planned" ? planned.plan.durationMs : 0;
}
