import fc from "fast-check";
import { expect, test } from "vitest";
import { type AgentId, idFromBytes, isAgentId, newId } from "./ids.ts";

test("ten bytes and an id determine each other", () => {
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
      const id = idFromBytes<AgentId>(bytes);
      expect(isAgentId(id)).toBe(true);
      const hex = Buffer.from(bytes).toString("hex");
      expect(seen.get(id) ?? hex).toBe(hex);
      seen.set(id, hex);
    }),
  );
});

test("a fresh id is new every time", () => {
  expect(new Set(Array.from({ length: 1_000 }, () => newId<AgentId>())).size).toBe(1_000);
});

test.each([
  "",
  "abc",
  "abcdefghijklmno1",
  "ABCDEFGHIJKLMNOP",
  "abcdefghijklmnop\n",
  "../etc/passwd..",
])("%j is no id", (text) => {
  expect(isAgentId(text)).toBe(false);
});

test("an id is never made of the wrong number of bytes", () => {
  expect(() => idFromBytes(new Uint8Array(9))).toThrow("10 bytes");
});
