import { expect, test } from "vitest";
import type { HostFacts } from "./facts.ts";
import { networksOf } from "./networks.ts";

const host = (interfaces: Readonly<Record<string, readonly string[]>>): HostFacts => ({
  cpuVendor: "",
  cpuModel: "",
  virtualisation: null,
  logicalCores: 1,
  memoryBytes: 1,
  disks: [],
  interfaces: Object.entries(interfaces).map(([name, addresses]) => ({
    name,
    addresses,
    speedMbit: null,
    virtual: false,
  })),
});

test("hosts of one subnet are in one subnet, however its addresses are written", () => {
  const hosts = [
    host({ eno1: ["10.1.2.3/24", "2001:db8::1/64"] }),
    host({ eno1: ["10.1.2.200/24", "2001:0DB8:0:0:ffff::1/64"] }),
    host({ eno1: ["10.1.2.3/25"] }),
  ];
  expect(networksOf(hosts)).toEqual({ subnets: 3, ipv6: 1, vlans: 0 });
});

test.each([
  "10.1.2.3",
  "10.1.2.3/32",
  "10.1.2.3/0",
  "127.0.0.1/8",
  "169.254.3.4/16",
  "fe80::1/64",
  "fe80::1%eno1/64",
  "::1/128",
  "300.1.2.3/24",
  "10.1.2/24",
  "zz::/64",
  "/24",
  "",
])("%s is of no subnet", (address) => {
  expect(networksOf([host({ eno1: [address] })]).subnets).toBe(0);
});

test("what is within a host is no network of it", () => {
  const inside = ["lo", "docker0", "br-0123456789ab", "virbr0", "lxdbr0", "cni0", "cali12", "tun0"];
  const addresses = inside.map((_, index) => [`172.${16 + index}.0.1/16`]);
  const interfaces = Object.fromEntries(inside.map((name, at) => [name, addresses[at] ?? []]));
  expect(networksOf([host(interfaces)]).subnets).toBe(0);
  expect(networksOf([host({ "br-eno1": ["10.0.0.1/24"], bond0: [] })]).subnets).toBe(1);
});

test("VLANs are counted by their numbers", () => {
  const vlans = { "eno1.120": [], "bond0.120": [], vlan7: [], "vlan-8": [], "eno1.5000": [] };
  expect(networksOf([host(vlans)]).vlans).toBe(3);
});
