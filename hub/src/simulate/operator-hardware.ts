// What simulated operators own: a few shapes of hosts with models, disks and links as inventories name them. Pure.
import type { HostFacts } from "../sharing/answers/facts.ts";
import { type Draw, oneOf, whole } from "./operator-draw.ts";

/** One shape of host, as its operator bought it. */
export interface HostShape {
  readonly cpuVendor: string;
  readonly cpuModel: string;
  readonly virtualisation: string | null;
  readonly logicalCores: number;
  readonly memoryBytes: number;
  readonly disks: HostFacts["disks"];
  readonly speedMbit: number;
}

const gib = 2 ** 30;
const gb = 1e9;

/** Model, vendor, logical cores; commoner ones first. */
const processors = [
  ["Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz", "GenuineIntel", 80],
  ["AMD EPYC 7302P 16-Core Processor", "AuthenticAMD", 32],
  ["Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz", "GenuineIntel", 64],
  ["AMD EPYC 7443 24-Core Processor", "AuthenticAMD", 48],
  ["Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", "GenuineIntel", 56],
  ["AMD EPYC 9354 32-Core Processor", "AuthenticAMD", 64],
  ["Intel(R) Xeon(R) Gold 6430", "GenuineIntel", 128],
  ["Intel(R) Core(TM) i7-9700 CPU @ 3.00GHz", "GenuineIntel", 8],
  ["AMD EPYC 7551 32-Core Processor", "AuthenticAMD", 128],
  ["AMD EPYC 9755 128-Core Processor", "AuthenticAMD", 512],
  ["AMD Ryzen 9 5950X 16-Core Processor", "AuthenticAMD", 32],
  ["Neoverse-N1", "ARM", 80],
  ["Intel(R) Atom(TM) CPU C3558 @ 2.20GHz", "GenuineIntel", 4],
  ["POWER9, altivec supported", "IBM", 128],
] as const;

const memoryPerCoreGib = [4, 8, 2, 16] as const;
const driveGb = {
  nvme: [960, 1_920, 3_840, 480],
  ssd: [480, 960, 240],
  hdd: [4_000, 8_000, 16_000],
};
const speeds = [10_000, 25_000, 1_000, 100_000, 40_000] as const;

/** A shape at random. */
export function drawShape(draw: Draw): HostShape {
  const [cpuModel, cpuVendor, cores] = oneOf(processors, draw);
  const virtual = draw() < 0.2;
  const logicalCores = virtual ? oneOf([4, 8, 2, 16], draw) : cores;
  const kind = oneOf(["nvme", "ssd", "hdd"] as const, draw);
  const sizeBytes = (virtual ? 100 : oneOf(driveGb[kind], draw)) * gb;
  const disk = { kind: virtual ? "virtual" : kind, sizeBytes };
  return {
    cpuVendor,
    cpuModel,
    virtualisation: virtual ? "kvm" : null,
    logicalCores,
    memoryBytes: logicalCores * oneOf(memoryPerCoreGib, draw) * gib,
    disks: Array.from({ length: virtual ? 1 : whole(1, 4, draw) }, () => disk),
    speedMbit: oneOf(speeds, draw),
  };
}

/** A network as hosts see it. */
export interface Subnet {
  /** With its prefix length. */
  readonly address: string;
  readonly vlan: number | undefined;
}

/** `count` subnets, the first of `ipv6` by family; each VLAN carries about one and a half of them. */
export function subnetsOf(count: number, ipv6: number, tagged: boolean): readonly Subnet[] {
  return Array.from({ length: count }, (_, index) => ({
    address:
      index < ipv6
        ? `2001:db8:${index.toString(16)}::5/64`
        : `10.${(index >> 8) & 255}.${index & 255}.5/24`,
    vlan: tagged ? 100 + Math.floor(index / 1.5) : undefined,
  }));
}

const subnetsPerHost = 4;

/**
 * Hosts of the given numbers of each shape, which between them have an address in every subnet. Hosts alike are one object: a fleet of
 * thousands costs what its shapes and subnets cost.
 */
export function hostsOf(
  shapes: readonly { readonly shape: HostShape; readonly hosts: number }[],
  subnets: readonly Subnet[],
): readonly HostFacts[] {
  const places = Math.max(1, Math.ceil(subnets.length / subnetsPerHost));
  const hosts: HostFacts[] = [];
  for (const { shape, hosts: wanted } of shapes) {
    const kinds: HostFacts[] = [];
    for (let index = 0; index < wanted; index += 1) {
      const place = hosts.length % places;
      const kind = (kinds[place] ??= hostAt(shape, placeOf(subnets, place, places)));
      hosts.push(kind);
    }
  }
  return hosts;
}

const placeOf = (subnets: readonly Subnet[], place: number, places: number) =>
  subnets.filter((_, index) => index % places === place);

function hostAt(shape: HostShape, subnets: readonly Subnet[]): HostFacts {
  const { speedMbit, ...rest } = shape;
  return {
    ...rest,
    interfaces: [
      { name: "lo", speedMbit: null, virtual: true, addresses: ["127.0.0.1/8", "::1/128"] },
      { name: "eno1", speedMbit, virtual: false, addresses: addressesOf(subnets, undefined) },
      ...[...new Set(subnets.map(({ vlan }) => vlan))]
        .filter((vlan) => vlan !== undefined)
        .map((vlan) => ({
          name: `eno1.${vlan}`,
          speedMbit,
          virtual: true,
          addresses: addressesOf(subnets, vlan),
        })),
    ],
  };
}

const addressesOf = (subnets: readonly Subnet[], vlan: number | undefined) =>
  subnets.filter((subnet) => subnet.vlan === vlan).map(({ address }) => address);
