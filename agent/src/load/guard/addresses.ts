// IP addresses and CIDR blocks as numbers, so that a policy cannot be tricked by another spelling of the same address.
import { isIP } from "node:net";

/** An address; an IPv4 address written as IPv6 (::ffff:a.b.c.d) is family 4, as the kernel connects it. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Addresses that share their first `bits`. */
export interface Block {
  readonly family: 4 | 6;
  readonly value: bigint;
  readonly bits: number;
}

const width = { 4: 32, 6: 128 } as const;
const mappedPrefix = 0xffffn;

/** Reads an IPv4 or IPv6 address; `undefined` for anything else, and for IPv6 with a zone, which is link-local by nature. */
export function parseAddress(text: string): Address | undefined {
  switch (isIP(text)) {
    case 4:
      return { family: 4, value: fourOf(text) };
    case 6: {
      if (text.includes("%")) return undefined;
      const value = sixOf(text);
      if (value >> 32n === mappedPrefix) return { family: 4, value: value & 0xffff_ffffn };
      return { family: 6, value };
    }
    default:
      return undefined;
  }
}

/** Reads `address/bits`, or an address alone as its own block. */
export function parseBlock(text: string): Block | undefined {
  const [base = "", bitsText, ...rest] = text.split("/");
  const address = parseAddress(base);
  if (address === undefined || rest.length > 0) return undefined;
  const whole = width[address.family];
  if (bitsText === undefined) return { ...address, bits: whole };
  if (!/^\d{1,3}$/.test(bitsText)) return undefined;
  // A mapped block is written with IPv6's length and means IPv4's.
  const bits = Number(bitsText) - (address.family === 4 && base.includes(":") ? 96 : 0);
  return bits >= 0 && bits <= whole ? { ...address, bits } : undefined;
}

export function isWithin(address: Address, block: Block): boolean {
  if (address.family !== block.family) return false;
  const shift = BigInt(width[block.family] - block.bits);
  return address.value >> shift === block.value >> shift;
}

/**
 * The IPv4 addresses that a tunnel or a translator may reach through an IPv6 one: NAT64 (RFC 6052, 8215), 6to4 (RFC 3056), Teredo
 * (RFC 4380), ISATAP (RFC 5214), IPv4-compatible (RFC 4291) and IPv4-translated (RFC 7915). A translator with a prefix of the
 * network's own cannot be told from any other address.
 */
export function embeddedAddresses(address: Address): readonly Address[] {
  if (address.family === 4) return [];
  const { value } = address;
  const from = (shift: bigint): Address => ({ family: 4, value: (value >> shift) & 0xffff_ffffn });
  const found: Address[] = [];
  const high = value >> 32n;
  if (high === 0x64_ff9bn << 64n || high === 0xffff_0000n) found.push(from(0n));
  if (high === 0n && value > 1n) found.push(from(0n));
  if (value >> 80n === 0x64_ff9b_0001n) {
    // The local NAT64 prefix as a /48, around the octet that RFC 6052 leaves zero, and as a /96.
    const head = (value >> 64n) & 0xffffn;
    const tail = (value >> 40n) & 0xffffn;
    found.push({ family: 4, value: (head << 16n) | tail }, from(0n));
  }
  if (value >> 112n === 0x2002n) found.push(from(80n));
  if (value >> 96n === 0x2001_0000n)
    found.push(from(64n), { family: 4, value: (value & 0xffff_ffffn) ^ 0xffff_ffffn });
  if (((high & 0xffff_ffffn) | 0x0200_0000n) === 0x0200_5efen) found.push(from(0n));
  return found;
}

function fourOf(text: string): bigint {
  return text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function sixOf(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const plain =
    dotted === null
      ? text
      : `${dotted[1]}${(fourOf(dotted[2] ?? "") >> 16n).toString(16)}:${(fourOf(dotted[2] ?? "") & 0xffffn).toString(16)}`;
  const [left = "", right] = plain.split("::");
  const groups = (half: string) => (half === "" ? [] : half.split(":"));
  const head = groups(left);
  const tail = right === undefined ? [] : groups(right);
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0");
  return [...head, ...zeros, ...tail].reduce(
    (value, group) => (value << 16n) | BigInt(`0x${group}`),
    0n,
  );
}
