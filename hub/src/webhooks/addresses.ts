// Where no webhook may lead: what answers on link-local and cloud metadata addresses gives away secrets of the hub's host, and no program
// that waits for verdicts listens there. The agents' guard refuses the same (agent/src/load/guard/targets.ts). A name is held against it
// when it is connected, by what it stands for then.
import { type LookupAddress, lookup } from "node:dns";
import { BlockList, type LookupFunction, isIP } from "node:net";

const four: readonly (readonly [address: string, bits: number])[] = [
  ["169.254.0.0", 16],
  ["100.100.100.200", 32],
  ["168.63.129.16", 32],
  ["192.0.0.192", 32],
  ["0.0.0.0", 8],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
const six: readonly (readonly [address: string, bits: number])[] = [
  ["fe80::", 10],
  ["fec0::", 10],
  ["fd00:ec2::254", 128],
  ["fd20:ce::254", 128],
  ["::", 128],
  ["ff00::", 8],
];

const forbidden = new BlockList();
for (const [address, bits] of four) {
  forbidden.addSubnet(address, bits, "ipv4");
  // The same through a translator (NAT64, RFC 6052). One written as ::ffff:a.b.c.d the list knows by itself.
  forbidden.addSubnet(`64:ff9b::${address}`, 96 + bits, "ipv6");
}
for (const [address, bits] of six) forbidden.addSubnet(address, bits, "ipv6");

/** What is said of a refused one, whatever it is called. */
export const forbiddenText = "link-local, metadata and multicast addresses are refused";

export class AddressForbidden extends Error {
  override readonly name = "AddressForbidden";

  constructor() {
    super(forbiddenText);
  }
}

/** Of a URL's host; a name is none until it is looked up. */
export function isForbiddenHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return isIP(host) !== 0 && isForbidden(host);
}

const isForbidden = (address: string) =>
  forbidden.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

type Resolve = (
  hostname: string,
  options: { readonly all: true },
  callback: (err: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** For connections: of what a name stands for, the addresses that may be connected; AddressForbidden when none may. */
export function allowedLookup(resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (err, addresses) => {
      if (err !== null) return callback(err, []);
      const allowed = addresses.filter(({ address }) => !isForbidden(address));
      const [first] = allowed;
      if (first === undefined) return callback(new AddressForbidden(), []);
      if (options.all === true) return callback(null, allowed);
      return callback(null, first.address, first.family);
    });
  };
}
