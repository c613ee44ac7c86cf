import type { LookupAddress } from "node:dns";
import { expect, test } from "vitest";
import { AddressForbidden, allowedLookup, isForbiddenHost } from "./addresses.ts";

test.each([
  "http://169.254.169.254/latest/meta-data",
  "http://2852039166/",
  "http://0xa9.0xfe.0xa9.0xfe/",
  "http://[::ffff:169.254.169.254]/",
  "http://[64:ff9b::169.254.169.254]/",
  "http://[fe80::1]/",
  "http://[fd00:ec2::254]/",
  "http://100.100.100.200/",
  "http://0.0.0.0/",
  "http://[::]/",
  "http://224.0.0.1/",
])("%s is refused however it is written", (url) => {
  expect(isForbiddenHost(new URL(url).hostname)).toBe(true);
});

test.each(["http://127.0.0.1/", "http://[::1]/", "http://10.0.0.7/", "https://ci.example/"])(
  "%s is not",
  (url) => {
    expect(isForbiddenHost(new URL(url).hostname)).toBe(false);
  },
);

const metadata: LookupAddress = { address: "169.254.169.254", family: 4 };
const usual: LookupAddress = { address: "203.0.113.1", family: 4 };
const lookedUp = (all: boolean, ...addresses: LookupAddress[]) =>
  new Promise<unknown>((resolve, reject) => {
    const looked = allowedLookup((_hostname, _options, callback) => callback(null, addresses));
    looked("ci.example", { all }, (err, address) => (err ? reject(err) : resolve(address)));
  });

test("a name leads to what is left of its addresses", async () => {
  expect(await lookedUp(true, metadata, usual)).toEqual([usual]);
  expect(await lookedUp(false, metadata, usual)).toBe(usual.address);
  await expect(lookedUp(true, metadata)).rejects.toBeInstanceOf(AddressForbidden);
});
