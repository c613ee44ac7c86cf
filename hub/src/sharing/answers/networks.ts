// Subnets and VLANs that hosts see, told apart by their addresses and counted. Pure.
import type { HostFacts } from "./facts.ts";

export interface Networks {
  readonly subnets: number;
  /** How many of them are IPv6. */
  readonly ipv6: number;
  readonly vlans: number;
}

/** Within one host, whatever it is called there: containers, virtual machines and tunnels have networks of their own. */
const inside =
  /^(?:lo\d*|docker\d*|br-[0-9a-f]{12}|veth.*|virbr.*|lxcbr.*|lxdbr.*|incusbr.*|podman.*|cni.*|cali.*|cilium.*|flannel.*|kube.*|tun\d*|tap.*|wg\d*)$/;

export function networksOf(hosts: readonly HostFacts[]): Networks {
  const subnets = new Set<string>();
  const vlans = new Set<number>();
  for (const { interfaces } of new Set(hosts))
    for (const { name, addresses } of interfaces) {
      if (inside.test(name)) continue;
      const vlan = vlanOf(name);
      if (vlan !== undefined) vlans.add(vlan);
      for (const address of addresses) {
        const subnet = subnetOf(address);
        if (subnet !== undefined) subnets.add(subnet);
      }
    }
  const ipv6 = [...subnets].filter((subnet) => subnet.startsWith("6 ")).length;
  return { subnets: subnets.size, ipv6, vlans: vlans.size };
}

/** The number of `eno1.120`, `vlan120`, `vlan-120`. */
function vlanOf(name: string): number | undefined {
  const [, digits] = /(?:\.|^vlan-?)(\d{1,4})$/i.exec(name) ?? [];
  const number = Number(digits);
  return number >= 1 && number <= 4_094 ? number : undefined;
}

/** The same for all addresses of a subnet; undefined without a prefix length, of one host alone, and of loopback and link-local. */
function subnetOf(address: string): string | undefined {
  const [, text = "", prefix = ""] = /^([^/%]+)(?:%[^/]*)?\/(\d{1,3})$/.exec(address) ?? [];
  const isV6 = text.includes(":");
  const bits = isV6 ? 128 : 32;
  const length = Number(prefix);
  const number = isV6 ? ipv6Number(text) : ipv4Number(text);
  if (number === undefined || prefix === "" || length < 1 || length >= bits) return undefined;
  if (isV6 ? number >> 118n === 0x3fan || number === 1n : isLocalV4(number)) return undefined;
  return `${isV6 ? 6 : 4} ${number >> BigInt(bits - length)}/${length}`;
}

/** 127.0.0.0/8 and 169.254.0.0/16. */
const isLocalV4 = (number: bigint) => number >> 24n === 127n || number >> 16n === 0xa9fen;

function ipv4Number(text: string): bigint | undefined {
  const bytes = text.split(".");
  if (bytes.length !== 4 || !bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) < 256))
    return undefined;
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}

function ipv6Number(text: string): bigint | undefined {
  const url = `http://[${text}]/`;
  if (!URL.canParse(url)) return undefined;
  // Written as RFC 5952 has it, in groups alone.
  const [head = "", tail] = new URL(url).hostname.slice(1, -1).split("::");
  const groups = (part: string) => part.split(":").filter((group) => group !== "");
  const [left, right] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce(
    (sum, group) => sum * 65_536n + BigInt(`0x${group}`),
    0n,
  );
}
