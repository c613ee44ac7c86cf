// The mock's runs as evidence, and what their hosts did meanwhile.
import {
  hostMetrics,
  type EvidenceRun,
  type HostComparison,
  type HostMetricName,
  type Run,
  type RunHosts,
} from "@tidemark/proto";
import { failedOf } from "../../src/pages/run/counts.ts";
import { chance, seedOf } from "./noise.ts";

const valid = { level: "valid", findings: [] } as const;

export function evidenceOf(run: Run): EvidenceRun {
  const validity = run.validity ?? { ...valid, findings: [] };
  const within = (value: number | null): [number, number] | null =>
    value === null ? null : [value * 0.985, value * 1.02];
  const { p50, p95, p99 } = run.response;
  return {
    run: run.id,
    name: run.name,
    startedAtMs: run.startedAtMs,
    variant: run.variant,
    profileRevision: run.profile?.revision ?? null,
    validity,
    figures: {
      requests: run.response.count,
      p50,
      p95,
      p99,
      intervals: { p50: within(p50), p95: within(p95), p99: within(p99) },
      errorRatio: run.counts.due === 0 ? 0 : failedOf(run.counts) / run.counts.due,
      achievedPerSecond: run.achievedPerSecond,
      capacityPerSecond: run.search?.answerPerSecond ?? null,
    },
    excluded:
      validity.level === "invalid" ? validity.findings.map(({ detail }) => detail).join("; ") : "",
  };
}

/** A usual value of each, in the order of the contract. */
const usuals: Record<HostMetricName, number> = {
  "cpu in use": 0.34,
  "cpu stolen": 0.002,
  "cpu waiting for io": 0.011,
  "load average": 1.4,
  "cpu pressure": 0.021,
  "memory pressure": 0,
  "io pressure": 0.004,
  "memory used": 7.2e9,
  "disk read": 310_000,
  "disk written": 1_200_000,
  "network received": 2_100_000,
  "network sent": 4_200_000,
  "tcp retransmits": 0.6,
  "agent cpu": 0.31,
};
const metrics = hostMetrics.map(({ name, unit }) => [name, unit, usuals[name]] as const);

const hostsOf = (run: Run) =>
  run.agents.map(({ agent, agentName }, index) => ({
    agent,
    agentName,
    role: index === 0 ? ("both" as const) : ("generator" as const),
  }));

export function runHostsOf(run: Run): RunHosts {
  return {
    hosts: hostsOf(run).map((host) => ({
      ...host,
      means: Object.fromEntries(
        metrics.map(([metric, , usual], index) => [
          metric,
          usual * (0.8 + 0.4 * chance(seedOf(host.agent), index)),
        ]),
      ),
    })),
  };
}

export function comparedHostsOf(baseline: readonly Run[]): HostComparison {
  const [first] = baseline;
  if (first === undefined) return { hosts: [] };
  return {
    hosts: hostsOf(first).map((host) => ({
      ...host,
      metrics: metrics.map(([metric, unit, usual], index) => {
        const before = usual * (0.8 + 0.4 * chance(seedOf(host.agent), index));
        const after = before * (1 + 0.12 * (chance(seedOf(host.agent), index + 9) - 0.3));
        return { metric, unit, baseline: before, candidate: after, difference: after - before };
      }),
    })),
  };
}
