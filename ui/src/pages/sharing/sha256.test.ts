import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256Here } from "./sha256.ts";

test.each(["", "abc", '{"answer":{"hosts":"32-63"}}', "“€” 𝄞"])(
  "of %j as OpenSSL has it",
  async (text) => {
    expect(await sha256Here(text)).toBe(createHash("sha256").update(text).digest("hex"));
  },
);
