// A profile as SMP's PerformanceTestConfig in Meshery's wrapper, and a run as its PerformanceTestResult: milliseconds that are
// milliseconds, ids that are somebody's, times in UTC, and every loss named.
import { createHash } from "node:crypto";
import {
  type DriverName,
  type ProfileSpec,
  type Run,
  idFromBytes,
  isInstalledDriver,
  peakPerSecond,
} from "@tidemark/proto";
import { stringify } from "yaml";
import { planOf } from "../../load/plan.ts";
import { driverOf } from "../shape.ts";
import { goDuration } from "./go-duration.ts";
import { meshType } from "./mesh-types.ts";
import { type Loss, areEndpoints, isWebSocket, plainTextOf } from "./smp-lost.ts";
import { agentsLabel, descriptionLabel, protocolLabel, selectorLabel } from "./smp-names.ts";

export const smpVersion = "v0.0.1";

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
  return document({ test, ...(mesh && { mesh }) }, losses);
}

function document(content: object, losses: readonly Loss[]): string {
  const header = losses
    .map(({ field, reason }) => `# not carried: ${field} (${reason})\n`)
    .join("");
  return `${header}${stringify(content, { lineWidth: 0, version: "1.2" })}`;
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

/** One host that generated, as far as the hub knows it. */
export interface SmpNode {
  readonly type: string;
  readonly cores: number;
  readonly mem_mb: number;
}

/** Of every run alike: PerformanceTestResult has no field for them. */
const resultLosses: readonly Loss[] = [
  { field: "/spectrum", reason: "SMP has no histogram: details_uri leads to it" },
  { field: "/timeline", reason: "SMP has no seconds: details_uri leads to them" },
  { field: "/service", reason: "SMP has one latency: the response time from the intended start" },
  { field: "/lateness", reason: "SMP does not say how late a generator sent" },
  { field: "/agents", reason: "SMP does not tell generators apart" },
  { field: "/response/p95", reason: "SMP has p50, p90 and p99: it stands in a label" },
  { field: "/response/p999", reason: "SMP has p50, p90 and p99: it stands in a label" },
  { field: "/counts", reason: "SMP counts no errors: those stand in labels" },
  { field: "/spoiled", reason: "SMP does not say what a result is worth: it stands in a label" },
];

export function smpResultLosses({ search, response }: Run): readonly Loss[] {
  const measured =
    response.count === 0 ? [{ field: "/response", reason: "nothing was measured" }] : [];
  const steps =
    search === null ? [] : [{ field: "/search", reason: "SMP knows no search: export its steps" }];
  return [...measured, ...steps, ...resultLosses];
}

/** The result of an ended run, with the configurations its ids refer to. */
export function smpResultYaml(
  run: Run,
  facts: { readonly detailsUri: string; readonly nodes: readonly SmpNode[] },
): string {
  const type = meshType(run.variant["mesh"] ?? "");
  const environment = {
    smp_version: smpVersion,
    labels: {},
    nodes: facts.nodes,
    traffic_metadata: { host_endpoint: run.target },
  };
  const mesh = { smp_version: smpVersion, labels: {}, mesh_type: { type } };
  const env_id = idOf(environment);
  const mesh_config_id = type === undefined ? "" : idOf(mesh);
  const result = {
    smp_version: smpVersion,
    id: run.id,
    labels: resultLabels(run),
    start_time: isoOf(run.startedAtMs),
    end_time: isoOf(run.endedAtMs),
    ...(run.response.count > 0 && { latencies_ms: latenciesMs(run) }),
    actual_qps: run.achievedPerSecond ?? 0,
    details_uri: facts.detailsUri,
    test_id: run.profile?.id ?? run.id,
    mesh_config_id,
    env_id,
  };
  return document(
    {
      result,
      environment: { id: env_id, ...environment },
      ...(type !== undefined && { mesh_config: { id: mesh_config_id, ...mesh } }),
    },
    smpResultLosses(run),
  );
}

/** Microseconds to milliseconds: SMP's own samples have seconds here. */
function latenciesMs({ response }: Run): Record<string, number> {
  const ms = (micros: number | null) => (micros ?? 0) / 1_000;
  const { min, mean, p50, p90, p99, max } = response;
  return {
    min: ms(min),
    average: ms(mean),
    p50: ms(p50),
    p90: ms(p90),
    p99: ms(p99),
    max: ms(max),
  };
}

function resultLabels(run: Run): Record<string, string> {
  const { counts, response, variant } = run;
  const errors = Object.values(counts.errors).reduce((sum, each) => sum + each, 0);
  const labels: Record<string, string | number> = {
    ...variant,
    ...(run.name !== "" && { "tidemark/name": run.name }),
    ...(run.profile !== null && { "tidemark/revision": run.profile.revision }),
    ...(/^wss?:/i.test(run.target) && { [protocolLabel]: "websocket" }),
    "tidemark/state": run.state,
    "tidemark/completed": counts.completed,
    "tidemark/errors": errors,
    "tidemark/unexpected": counts.unexpected,
    "tidemark/dropped": counts.dropped,
    "tidemark/spoiled": run.spoiled.map(({ code }) => code).join(","),
    ...(response.p95 !== null && { "tidemark/p95_ms": response.p95 / 1_000 }),
    ...(response.p999 !== null && { "tidemark/p999_ms": response.p999 / 1_000 }),
  };
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]));
}

const isoOf = (ms: number | null) => (ms === null ? "" : new Date(ms).toISOString());

/** The same configuration has the same id. */
const idOf = (value: unknown): string =>
  idFromBytes(createHash("sha256").update(JSON.stringify(value)).digest().subarray(0, 10));
