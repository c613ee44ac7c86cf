import type { AgentId } from "@tidemark/proto";
import { expect, test } from "vitest";
import { createRejections } from "./rejections.ts";

const agent = "aaaaaaaaaaaaaaaa" as AgentId;

test("the same refusal again raises its count and becomes the newest", () => {
  let nowMs = 0;
  const counted: string[] = [];
  const rejections = createRejections(
    () => (nowMs += 1),
    (what) => counted.push(what),
  );
  rejections.rejected(agent, "batch", "truncated at byte 17");
  rejections.rejected(null, "subject", "unknown");
  rejections.rejected(agent, "batch", "truncated at byte 90");
  expect(rejections.list()).toEqual([
    { atMs: 3, agent, what: "batch", reason: "truncated at byte 90", count: 2 },
    { atMs: 2, agent: null, what: "subject", reason: "unknown", count: 1 },
  ]);
  expect(rejections.total()).toBe(3);
  expect(counted).toEqual(["batch", "subject", "batch"]);
});

test("keeps the last 200 and every count", () => {
  const rejections = createRejections(
    () => 0,
    () => undefined,
  );
  for (let letter = 0; letter < 300; letter += 1)
    rejections.rejected(agent, "batch", `reason ${"x".repeat(letter)}`);
  expect(rejections.list()).toHaveLength(200);
  expect(rejections.list()[0]?.reason).toHaveLength(306);
  expect(rejections.counts().get("batch")).toBe(300);
});
