// A hub's facts in two parts: what may be told of it, and every secret around that. The same first part with other secrets is another
// hub which must tell the same.
import { type PresetName, presetNames } from "@tidemark/proto";
import fc from "fast-check";
import type { Facts, HostFacts, RunFacts, UpgradeFacts } from "../src/sharing/answers/facts.ts";

/** Everything that may be told, by index and number, without a name. */
export interface Plain {
  readonly hosts: readonly {
    readonly cpu: number;
    readonly cores: number;
    readonly memoryGib: number;
    readonly disk: number;
    readonly speedMbit: number;
    readonly networks: readonly { readonly number: number; readonly v6: boolean }[];
    readonly vlan: number | null;
  }[];
  readonly runs: readonly PlainRun[];
  readonly upgrades: readonly (PlainRun & { readonly percent: number })[];
}
interface PlainRun {
  readonly preset: PresetName | null;
  readonly request: number;
  readonly named: boolean;
  readonly minor: number | null;
  readonly mesh: number | null;
  readonly p99Ms: number;
}

/** What nobody may learn: each text is of one place. */
export interface Secrets {
  text(place: string): string;
  /** From 1 to 200. */
  readonly number: number;
  /** Below a thousandth of a figure: no label changes with it. */
  readonly grain: number;
}

const processors = ["AMD EPYC 7302P", "Intel(R) Xeon(R) Gold 6230", "Neoverse-N1", "Acme"];
const disks = ["NVMe", "SSD", "HDD", "Tape"];
const meshes = ["Istio 1.24", "linkerd", null];
const requests = [
  ["GET", "machines/", "machine list"],
  ["POST", "machines/*/?op=deploy", "deploy machine"],
  ["GET", "events/?op=query", "events.query"],
  ["GET", "*/", null],
  ["GET", null, null],
] as const;

const index = (list: readonly unknown[]) => fc.integer({ min: 0, max: list.length - 1 });
/** No mean of two of them is near the edge of a label. */
const p99Ms = fc.constantFrom(1.3, 7.1, 33.3, 210.7, 3_001);
const run = fc.record({
  preset: fc.constantFrom(...presetNames, null),
  request: index(requests),
  named: fc.boolean(),
  minor: fc.option(fc.integer({ min: 2, max: 9 })),
  mesh: fc.option(index(meshes)),
  p99Ms,
});

export const plainHub: fc.Arbitrary<Plain> = fc.record({
  hosts: fc.array(
    fc.record({
      cpu: index(processors),
      cores: fc.constantFrom(2, 16, 80),
      memoryGib: fc.constantFrom(3.8, 62.7, 500),
      disk: index(disks),
      speedMbit: fc.constantFrom(1_000, 25_000, 1_234),
      networks: fc.array(fc.record({ number: fc.integer({ min: 0, max: 40 }), v6: fc.boolean() }), {
        maxLength: 4,
      }),
      vlan: fc.option(fc.integer({ min: 1, max: 30 })),
    }),
    { maxLength: 8 },
  ),
  runs: fc.array(run, { maxLength: 12 }),
  upgrades: fc.array(
    fc.tuple(run, fc.constantFrom(-21, -3, 1, 7, 33)).map(([of, percent]) => ({ ...of, percent })),
    { maxLength: 6 },
  ),
});

/** Texts that no pattern of a processor, a mesh or an operation is in. */
export const secrets: fc.Arbitrary<Secrets> = fc
  .record({
    word: fc
      .array(fc.constantFrom(...Array.from("bcdfghjkz0123456789")), { minLength: 8, maxLength: 14 })
      .map((letters) => `zz${letters.join("")}`),
    number: fc.integer({ min: 1, max: 200 }),
    grain: fc.double({ min: 0, max: 1e-3, noNaN: true }),
  })
  .map(({ word, number, grain }) => ({ text: () => word, number, grain }));

export function madeUpHub(plain: Plain, secret: Secrets): Facts {
  const grain = 1 + secret.grain * 1e-3;
  return {
    tidemarkVersion: "0.1.0",
    nodeVersion: `v26.${secret.number}.0`,
    clickhouseVersion: `26.3.${secret.number}.${secret.text("ClickHouse's build")}`,
    storeBytes: 10 * 2 ** 30 * grain,
    hosts: plain.hosts.map((host, at): HostFacts => ({
      cpuVendor: "",
      cpuModel: `${processors[host.cpu]} ${secret.text("processor's model")}`,
      virtualisation: null,
      logicalCores: host.cores,
      memoryBytes: host.memoryGib * 2 ** 30 * grain,
      disks: [{ kind: disks[host.disk] ?? "", sizeBytes: 960e9 * grain }],
      interfaces: [
        {
          name: nameOf(host.vlan, secret),
          speedMbit: host.speedMbit,
          virtual: false,
          addresses: host.networks.map(({ number, v6 }) =>
            v6
              ? `fd00:${secret.number}:${number}::${(at + secret.number).toString(16)}/64`
              : `10.${secret.number}.${number}.${at + 1 + (secret.number % 200)}/24`,
          ),
        },
      ],
    })),
    runs: plain.runs.map((each): RunFacts => ({
      ...requestOf(each, secret),
      endedAtMs: 1e12 + secret.number,
      p99Ms: each.p99Ms * grain,
    })),
    upgrades: plain.upgrades.map(({ percent, ...each }): UpgradeFacts => ({
      ...requestOf(each, secret),
      endedAtMs: 1e12 + secret.number,
      from: releaseOf((each.minor ?? 2) - 1, secret),
      to: releaseOf(each.minor ?? 2, secret),
      changeRatio: (percent / 100) * grain,
      verdict: percent > 5 ? "regression" : percent < -5 ? "improvement" : "equivalent",
    })),
  };
}

const nameOf = (vlan: number | null, secret: Secrets) =>
  `${secret.text("interface").slice(0, 10)}${vlan === null ? "" : `.${vlan + 10 * secret.number}`}`;

const releaseOf = (minor: number, secret: Secrets) =>
  `3.${minor}.${secret.number}-${secret.text("release's suffix")}`;

function requestOf(
  { preset, request, named, minor, mesh }: PlainRun,
  secret: Secrets,
): Pick<RunFacts, "preset" | "labels" | "method" | "target"> {
  const [method = "GET", path, operation] = requests[request] ?? [];
  const host = `${secret.text("target's host")}.example`;
  const query = `hostname=${secret.text("query")}&token=${secret.text("token")}`;
  const target =
    typeof path === "string"
      ? `http://${host}:5240/MAAS/api/2.0/${path.replace("*", secret.text("id in a path"))}`
      : `https://${host}/${secret.text("path")}`;
  return {
    preset,
    method,
    target: `${target}${target.includes("?") ? "&" : "?"}${query}`,
    labels: {
      zone: secret.text("zone"),
      operation:
        named && typeof operation === "string" ? operation : secret.text("label operation"),
      ...(minor !== null && { release: releaseOf(minor, secret) }),
      ...(mesh !== null && { mesh: meshes[mesh] ?? secret.text("label mesh") }),
    },
  };
}
