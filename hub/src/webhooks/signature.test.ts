// The check that the documentation recommends takes what the hub signs, and nothing else.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { signature } from "./send.ts";

type Check = (secret: string, header: string, body: string, nowSeconds?: number) => boolean;
const docs = new URL("../../../deploy/docs/gate.md", import.meta.url);
const [, example = ""] = /```js\n([^]*?)```/.exec(readFileSync(docs, "utf8")) ?? [];
const { isGenuine } = (await import(
  /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(example)}`
)) as { isGenuine: Check };

const body = JSON.stringify({ sentence: "3.6 is 7 % slower – “p99”" });
const nowMs = 1_796_000_000_500;
const header = signature("whs_secret", body, nowMs);

test("the documented check takes a genuine delivery", () => {
  expect(header).toMatch(/^t=1796000000,v1=[0-9a-f]{64}$/);
  expect(isGenuine("whs_secret", header, body, nowMs / 1_000)).toBe(true);
});

test.each<[string, string, string, string, number]>([
  ["another secret", "whs_other", header, body, nowMs],
  ["another body", "whs_secret", header, `${body} `, nowMs],
  ["another time", "whs_secret", header.replace("1796000000", "1796000001"), body, nowMs],
  ["an old delivery", "whs_secret", header, body, nowMs + 301_000],
  ["no signature", "whs_secret", "", body, nowMs],
])("and refuses %s", (_what, secret, given, text, atMs) => {
  expect(isGenuine(secret, given, text, atMs / 1_000)).toBe(false);
});
