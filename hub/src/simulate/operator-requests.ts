// What simulated operators measure: requests of MAAS's API with their usual latencies, and built-in shapes of load. Pure.
import { maasOperations, maasReleases, presetNames } from "@tidemark/proto";
import type { RunFacts, UpgradeFacts } from "../sharing/answers/facts.ts";
import { type Draw, drawFrom, normal, oneOf, whole } from "./operator-draw.ts";

/** One load test that an operator repeats. */
export interface Measured {
  readonly preset: RunFacts["preset"];
  readonly operation: (typeof maasOperations)[number] | undefined;
  readonly mesh: string | undefined;
  readonly method: string;
  readonly target: string;
  /** 99th percentile in a site of average speed and size, ms. */
  readonly p99Ms: number;
  /** It grows with the number of hosts to this power. */
  readonly growth: number;
}

type Request = readonly [
  operation: (typeof maasOperations)[number],
  method: string,
  path: string,
  p99Ms: number,
  growth: number,
];

/** Commoner ones first. */
const requests: readonly Request[] = [
  ["machines.list", "GET", "machines/", 900, 0.6],
  ["machines.read", "GET", "machines/4y3h7n/", 120, 0.1],
  ["subnets.list", "GET", "subnets/", 250, 0.3],
  ["tags.list", "GET", "tags/", 60, 0.1],
  ["machines.allocate", "POST", "machines/?op=allocate", 1_400, 0.4],
  ["events.query", "GET", "events/?op=query", 700, 0.5],
  ["version.read", "GET", "version/", 25, 0],
  ["devices.list", "GET", "devices/", 300, 0.4],
  ["fabrics.list", "GET", "fabrics/", 180, 0.2],
  ["machines.deploy", "POST", "machines/4y3h7n/?op=deploy", 2_200, 0.2],
  ["boot-resources.list", "GET", "boot-resources/", 150, 0],
  ["zones.list", "GET", "zones/", 40, 0],
  ["dnsresources.list", "GET", "dnsresources/", 220, 0.4],
  ["rack-controllers.list", "GET", "rackcontrollers/", 200, 0.2],
];

const presetP99Ms = { smoke: 20, load: 60, stress: 400, spike: 800, soak: 70, capacity: 1_500 };
const meshCostMs = { istio: 6, linkerd: 2, consul: 5, kuma: 5, traefik: 3, none: 0 };
const meshNames = ["istio", "none", "linkerd", "consul", "kuma", "traefik"] as const;

/** What an operator measures: some requests of the API, some shapes of load. `host` is where their MAAS answers. */
export function drawMeasured(host: string, draw: Draw): readonly Measured[] {
  const measured = new Map<string, Measured>();
  for (let left = draw() < 0.75 ? whole(1, 10, draw) : 0; left > 0; left -= 1) {
    const [operation, method, path, p99Ms, growth] = oneOf(requests, draw);
    const target = `http://${host}:5240/MAAS/api/2.0/${path}`;
    const preset = oneOf(["load", "smoke", null] as const, draw);
    measured.set(operation, { preset, operation, mesh: undefined, method, target, p99Ms, growth });
  }
  for (let left = draw() < 0.5 ? whole(1, 3, draw) : 0; left > 0; left -= 1) {
    const preset = oneOf(presetNames, draw);
    const mesh = draw() < 0.5 ? oneOf(meshNames, draw) : undefined;
    const p99Ms = presetP99Ms[preset] + (mesh === undefined ? 0 : meshCostMs[mesh]);
    const target = `http://shop.${host}/basket`;
    measured.set(`${preset} ${mesh ?? ""}`, {
      preset,
      operation: undefined,
      mesh,
      method: "GET",
      target,
      p99Ms,
      growth: 0,
    });
  }
  return [...measured.values()];
}

/** How the operation fares in a release against the one before: the same for everybody, a few per cent, seldom more. */
function releaseChange(operation: string, release: number): number {
  const draw = drawFrom(
    release,
    maasOperations.findIndex((name) => name === operation),
    77,
  );
  const step = normal(draw);
  return (draw() < 0.12 ? 0.25 : 0.04) * step;
}

/** What a site is at a time. */
export interface MeasuredAt {
  /** Hosts of the whole fleet. */
  readonly hosts: number;
  /** How much slower than the average site; 1 is average. */
  readonly slowness: number;
  /** Index into MAAS's releases. */
  readonly release: number;
  readonly endedAtMs: number;
}

const patchOf = (release: number) => `${maasReleases[release] ?? "3.5"}.2`;

/** One run of it. */
export function runOf(measured: Measured, at: MeasuredAt, noise: Draw): RunFacts {
  const { preset, method, target } = measured;
  let p99Ms = measured.p99Ms * at.slowness * Math.max(0.05, at.hosts / 100) ** measured.growth;
  if (measured.operation !== undefined)
    for (let release = 1; release <= at.release; release += 1)
      p99Ms *= Math.exp(releaseChange(measured.operation, release));
  return {
    endedAtMs: at.endedAtMs,
    preset,
    labels: labelsOf(measured, patchOf(at.release)),
    method,
    target,
    p99Ms: p99Ms * Math.exp(0.08 * normal(noise)),
  };
}

function labelsOf({ operation, mesh }: Measured, release: string): RunFacts["labels"] {
  return {
    release,
    ...(operation !== undefined && { operation }),
    ...(mesh !== undefined && { mesh }),
  };
}

/** What the comparison of the release with the one before said. */
export function upgradeOf(measured: Measured, at: MeasuredAt, noise: Draw): UpgradeFacts {
  const { preset, method, target, operation } = measured;
  const change = Math.expm1(releaseChange(operation ?? "", at.release) + 0.03 * normal(noise));
  const [from, to] = [patchOf(at.release - 1), patchOf(at.release)];
  return {
    endedAtMs: at.endedAtMs,
    preset,
    labels: labelsOf(measured, to),
    method,
    target,
    from,
    to,
    changeRatio: change,
    verdict: verdictOf(change),
  };
}

function verdictOf(change: number): UpgradeFacts["verdict"] {
  if (change > 0.05) return "regression";
  if (change < -0.05) return "improvement";
  return Math.abs(change) < 0.03 ? "equivalent" : "inconclusive";
}
