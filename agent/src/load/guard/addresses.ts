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

/** The IPv4 address a translator (NAT64, RFC 6052) or 6to4 (RFC 3056) would reach through this one. */
export function embeddedAddress(address: Address): Address | undefined {
  if (address.family === 4) return undefined;
  if (address.value >> 32n === 0x64_ff9bn << 64n)
    return { family: 4, value: address.value & 0xffff_ffffn };
  if (address.value >> 112n === 0x2002n)
    return { family: 4, value: (address.value >> 80n) & 0xffff_ffffn };
  return undefined;
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
