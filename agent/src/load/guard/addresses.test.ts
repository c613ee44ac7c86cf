import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { embeddedAddresses, isWithin, parseAddress, parseBlock } from "./addresses.ts";

test.each([
  ["127.0.0.1", 4, 0x7f000001n],
  ["::1", 6, 1n],
  ["::", 6, 0n],
  ["::ffff:127.0.0.1", 4, 0x7f000001n],
  ["::FFFF:7f00:1", 4, 0x7f000001n],
  ["1:2:3:4:5:6:7:8", 6, 0x0001_0002_0003_0004_0005_0006_0007_0008n],
  ["64:ff9b::1.2.3.4", 6, (0x64_ff9bn << 96n) | 0x01020304n],
  ["fd00:ec2::254", 6, (0xfd00_0ec2n << 96n) | 0x254n],
] as const)("reads %s", (text, family, value) => {
  expect(parseAddress(text)).toEqual({ family, value });
});

test.each(["", "localhost", "1.2.3", "01.2.3.4", "fe80::1%eth0", "::1/64", "1.2.3.4 "])(
  "takes %j for no address",
  (text) => expect(parseAddress(text)).toBeUndefined(),
);

test.each([
  "1.2.3.4/33",
  "::/129",
  "1.2.3.4/",
  "1.2.3.4/8/8",
  "x/8",
  "::ffff:1.2.3.4/90",
  "1.2.3.4/-1",
])("takes %j for no block", (text) => expect(parseBlock(text)).toBeUndefined());

describe("blocks", () => {
  test("hold exactly the addresses that share their first bits", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(
        fc.tuple(octet, octet, octet, octet),
        fc.integer({ min: 0, max: 32 }),
        fc.integer({ min: 0, max: 31 }),
        (octets, bits, flipped) => {
          const text = octets.join(".");
          const block = parseBlock(`${text}/${bits}`)!;
          const address = parseAddress(text)!;
          const other = { ...address, value: address.value ^ (1n << BigInt(flipped)) };
          expect(isWithin(address, block)).toBe(true);
          expect(isWithin(other, block)).toBe(flipped < 32 - bits);
          expect(isWithin(parseAddress(`::ffff:${text}`)!, block)).toBe(true);
        },
      ),
    );
  });

  test("never hold an address of the other family", () => {
    expect(isWithin(parseAddress("::1")!, parseBlock("0.0.0.0/0")!)).toBe(false);
    expect(isWithin(parseAddress("1.2.3.4")!, parseBlock("::/0")!)).toBe(false);
  });
});

test.each([
  ["NAT64", "64:ff9b::a9fe:a9fe"],
  ["NAT64 of the network's own, /96", "64:ff9b:1::a9fe:a9fe"],
  ["NAT64 of the network's own, /48", "64:ff9b:1:a9fe:a9:fe00::"],
  ["6to4", "2002:a9fe:a9fe::1"],
  ["Teredo's client", "2001:0:1:2:3:4:5601:5601"],
  ["Teredo's server", "2001:0:a9fe:a9fe::1"],
  ["ISATAP", "2001:db8::5efe:a9fe:a9fe"],
  ["ISATAP, globally unique", "2001:db8::200:5efe:a9fe:a9fe"],
  ["IPv4-compatible", "::a9fe:a9fe"],
  ["IPv4-translated", "::ffff:0:a9fe:a9fe"],
])("finds the address behind %s", (_, text) => {
  expect(embeddedAddresses(parseAddress(text)!)).toContainEqual(parseAddress("169.254.169.254"));
});

test.each(["2001:db8::1", "::1", "::", "fd00::a9fe:a9fe", "127.0.0.1"])(
  "finds none behind %s",
  (text) => expect(embeddedAddresses(parseAddress(text)!)).toEqual([]),
);
