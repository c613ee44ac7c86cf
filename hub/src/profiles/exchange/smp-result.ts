// A run as SMP's PerformanceTestResult: milliseconds that are milliseconds, ids that are somebody's, times in UTC, the configurations
// it refers to, and every loss named.
import { createHash } from "node:crypto";
import { type Run, idFromBytes } from "@tidemark/proto";
import { meshType } from "./mesh-types.ts";
import { smpDocument, smpVersion } from "./smp-document.ts";
import type { Loss } from "./smp-lost.ts";
import { protocolLabel } from "./smp-names.ts";

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
  return smpDocument(
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
