import { type Run, emptyCounts } from "@tidemark/proto";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { smpResultLosses, smpResultYaml } from "./smp-result.ts";

const id = "abcdefghijklmnop";
const target = "http://maas:5240/MAAS/api/2.0/machines/?op=list";
const summary = (scale: number) => ({
  count: 1_000,
  mean: 2_500 * scale,
  min: 900 * scale,
  p50: 2_000 * scale,
  p90: 4_000 * scale,
  p95: 5_000 * scale,
  p99: 9_000 * scale,
  p999: 20_000 * scale,
  max: 25_123 * scale,
});
const run = {
  id: "bcdefghijklmnopq",
  name: "machine list 3.6",
  target,
  state: "completed",
  startedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  endedAtMs: Date.UTC(2026, 0, 2, 3, 5, 35, 6),
  counts: {
    ...emptyCounts(),
    completed: 990,
    dropped: 3,
    unexpected: 2,
    errors: { ...emptyCounts().errors, timeout: 7 },
  },
  achievedPerSecond: 99.5,
  response: summary(1),
  service: summary(0.9),
  spoiled: [],
  search: null,
  profile: { id, revision: 4, name: "machine list" },
  variant: { release: "3.6", mesh: "istio" },
} as unknown as Run;
const facts = {
  detailsUri: "https://hub/runs/bcdefghijklmnopq",
  nodes: [{ type: "load generator", cores: 4, mem_mb: 7_812 }],
};

test("a result has milliseconds, real ids, UTC, and the configurations it refers to", () => {
  const text = smpResultYaml(run, facts);
  const { result, environment, mesh_config } = parse(text);
  expect(result).toEqual({
    smp_version: "v0.0.1",
    id: "bcdefghijklmnopq",
    labels: {
      release: "3.6",
      mesh: "istio",
      "tidemark/name": "machine list 3.6",
      "tidemark/revision": "4",
      "tidemark/state": "completed",
      "tidemark/completed": "990",
      "tidemark/errors": "7",
      "tidemark/unexpected": "2",
      "tidemark/dropped": "3",
      "tidemark/spoiled": "",
      "tidemark/p95_ms": "5",
      "tidemark/p999_ms": "20",
    },
    start_time: "2026-01-02T03:04:05.006Z",
    end_time: "2026-01-02T03:05:35.006Z",
    latencies_ms: { min: 0.9, average: 2.5, p50: 2, p90: 4, p99: 9, max: 25.123 },
    actual_qps: 99.5,
    details_uri: "https://hub/runs/bcdefghijklmnopq",
    test_id: id,
    mesh_config_id: mesh_config.id,
    env_id: environment.id,
  });
  expect(environment).toMatchObject({
    nodes: facts.nodes,
    traffic_metadata: { host_endpoint: target },
  });
  expect(mesh_config).toMatchObject({ mesh_type: { type: "ISTIO" } });
  for (const { field } of smpResultLosses(run)) expect(text).toContain(`# not carried: ${field} (`);
});

test("the same environment has the same id, another another", () => {
  const envOf = (nodes: typeof facts.nodes) =>
    parse(smpResultYaml(run, { ...facts, nodes })).result.env_id;
  expect(envOf(facts.nodes)).toBe(envOf([{ ...facts.nodes[0]! }]));
  expect(envOf(facts.nodes)).not.toBe(envOf([{ ...facts.nodes[0]!, cores: 8 }]));
  expect(parse(smpResultYaml({ ...run, variant: {} }, facts)).result.mesh_config_id).toBe("");
});

test("of a run that measured nothing, no latency is made up", () => {
  const idle = { ...run, response: { ...run.response, count: 0 } };
  expect(parse(smpResultYaml(idle, facts)).result).not.toHaveProperty("latencies_ms");
  expect(smpResultLosses(idle)[0]).toEqual({ field: "/response", reason: "nothing was measured" });
});
