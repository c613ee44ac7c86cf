import type { AgentId, TaskReply } from "@tidemark/proto";
import { expect, test } from "vitest";
import { compareClocks, faultOf, readingOf } from "./clocks.ts";

test("a clock is as far ahead as it is from the middle of the round trip, and half of that uncertain", () => {
  expect(readingOf(1_000, 1_550, 1_100)).toEqual({ aheadMs: 500, uncertaintyMs: 50 });
  expect(readingOf(1_000, 1_000, 1_000)).toEqual({ aheadMs: 0, uncertaintyMs: 0.5 });
});

test.each([
  [{ aheadMs: 29_000, uncertaintyMs: 250 }, undefined],
  [{ aheadMs: 0, uncertaintyMs: 251 }, "251 ms only"],
  [{ aheadMs: 31_000, uncertaintyMs: 1 }, "31 s ahead of"],
  [{ aheadMs: -31_000, uncertaintyMs: 1 }, "31 s behind"],
])("%j", (clock, reason) => {
  const fault = faultOf(clock);
  expect(fault === undefined).toBe(reason === undefined);
  if (reason !== undefined) expect(fault).toContain(reason);
});

test("the quickest of the answers counts", async () => {
  let nowMs = 0;
  const roundTrips = [40, 10, 30, 20];
  const dispatcher = {
    async send() {
      const roundTripMs = roundTrips.shift() ?? 0;
      const reply: TaskReply = { ok: true, clockMs: nowMs + 1_000 };
      nowMs += roundTripMs;
      return { kind: "answered" as const, reply };
    },
  };
  const agent = "a" as AgentId;
  expect(await compareClocks(dispatcher, [agent], () => nowMs)).toEqual({
    kind: "compared",
    clocks: new Map([[agent, { aheadMs: 995, uncertaintyMs: 5 }]]),
  });
});
