import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canarySearch } from "./canaries.ts";

const secret = "Rack-7.Acme.Example";
const search = canarySearch([{ planted: "host name", secret }], ["hardware.shape", "example"]);
const hash = (name: string, text: string) => createHash(name).update(text).digest();
const reversed = Array.from(secret).toReversed().join("");

test.each([
  ["raw", secret],
  ["raw", secret.toUpperCase()],
  ["reversed", reversed],
  ["percent", "%52%61%63%6b%2d%37%2e%41%63%6d%65%2e%45%78%61%6d%70%6c%65"],
  ["hex", Buffer.from(secret).toString("hex").toUpperCase()],
  ["md5", hash("md5", secret).toString("hex")],
  ["sha1", hash("sha1", secret.toLowerCase()).toString("base64url")],
  ["sha256", hash("sha256", secret).toString("base64")],
  ["crc32", crc32(secret).toString(16).padStart(8, "0")],
  ["crc32", String(crc32(secret))],
  ["6-gram", "the rack-7 is down"],
])("a secret is found in the form %s", (form, text) => {
  expect(search(`before ${text} after`).map((leak) => leak.form)).toContain(form);
  expect(search(Buffer.from(text)).map((leak) => leak.form)).toContain(form);
});

test("a secret is found in base64 wherever it stands", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme-ascii" }),
      fc.string({ unit: "grapheme-ascii" }),
      fc.constantFrom("base64" as const, "base64url" as const),
      (before, after, encoding) => {
        const text = Buffer.from(`${before}${secret}${after}`).toString(encoding);
        expect(search(text).map(({ form }) => form)).toContain(encoding);
      },
    ),
  );
});

test("an address is found as one number", () => {
  const at = canarySearch([{ planted: "address", secret: "10.20.30.40" }], []);
  expect(at("169090600").map(({ form }) => form)).toContain("number");
  expect(at("0x0A141E28").map(({ form }) => form)).toContain("number");
});

test("what may be said is no leak, and a secret must be long enough to be one", () => {
  expect(search("hardware.shape, for example")).toEqual([]);
  expect(search("")).toEqual([]);
  expect(() => canarySearch([{ planted: "name", secret: "rack" }], [])).toThrow(/in name has 4/);
});
