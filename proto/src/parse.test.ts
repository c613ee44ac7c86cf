import { Type } from "typebox";
import { expect, test } from "vitest";
import { MessageRejected, jsonParser, parser } from "./parse.ts";

const schema = Type.Object({ rate: Type.Integer({ minimum: 1 }) }, { additionalProperties: false });
const parse = parser(schema, "plan");

test("a value that fits comes back as it is", () => {
  expect(parse({ rate: 5 })).toEqual({ rate: 5 });
});

test.each([
  ["a wrong field", { rate: 0 }, "plan refused: /rate must be >= 1"],
  ["an unknown field", { rate: 1, more: 1 }, "plan refused: /more is not a known field"],
  ["a missing field", {}, "plan refused: the whole must have required properties rate"],
  ["another type", "text", "plan refused: the whole must be object"],
])("%s is named in the refusal", (_, value, message) => {
  expect(() => parse(value)).toThrow(message);
});

test("a field of another form is told what it must be, where its schema says so", () => {
  const url = Type.String({ pattern: "^https://", description: "an https:// address" });
  const parseUrl = parser(Type.Object({ deep: Type.Array(url) }), "webhook");
  expect(() => parseUrl({ deep: ["ftp://x"] })).toThrow("/deep/0 must be an https:// address");
  const bare = parser(Type.String({ pattern: "^a" }), "word");
  expect(() => bare("b")).toThrow('must match pattern "^a"');
});

test("a refusal never repeats a sender's megabyte", () => {
  expect.assertions(2);
  try {
    parse({ rate: 1, ["x".repeat(1_000_000)]: 1 });
  } catch (cause) {
    expect(cause).toBeInstanceOf(MessageRejected);
    expect(String(cause).length).toBeLessThan(300);
  }
});

test("bytes that are not JSON in UTF-8 are refused", () => {
  const parseJson = jsonParser(schema, "plan");
  expect(() => parseJson(Uint8Array.of(0x22, 0xc3, 0x22))).toThrow("not JSON in UTF-8");
  expect(() => parseJson(new TextEncoder().encode("{"))).toThrow("not JSON in UTF-8");
});
