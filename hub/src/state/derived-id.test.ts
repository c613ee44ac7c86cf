import { createHash } from "node:crypto";
import { isCampaignId, type CampaignId } from "@tidemark/proto";
import { expect, test } from "vitest";
import { derivedId } from "./derived-id.ts";

test("the same parts are the same id, in every process", () => {
  // base32 in lower case of the first 80 bits of sha256("firing\0a\0" + 1).
  const hex = createHash("sha256").update("firing\0a\x001").digest("hex").slice(0, 20);
  const bits = BigInt(`0x${hex}`).toString(2).padStart(80, "0");
  const expected = (bits.match(/.{5}/g) ?? [])
    .map((five) => "abcdefghijklmnopqrstuvwxyz234567"[Number.parseInt(five, 2)])
    .join("");
  expect(derivedId<CampaignId>("firing", "a", "1")).toBe(expected);
  expect(isCampaignId(expected)).toBe(true);
});

test("parts do not run into one another", () => {
  expect(derivedId("ab", "c")).not.toBe(derivedId("a", "bc"));
  expect(derivedId("a", "b")).not.toBe(derivedId("b", "a"));
});
