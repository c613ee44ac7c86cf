import { expect, test } from "vitest";
import { type Candidate, selectAgents } from "./selector.ts";

const agent = (name: string, change: Partial<Candidate> = {}): Candidate => ({
  id: name,
  name,
  labels: { role: "rack" },
  state: "online",
  ...change,
});

test("takes those online in the order of their names, and says whom it leaves out", () => {
  const fleet = [
    agent("c"),
    agent("a"),
    agent("b", { state: "stale" }),
    agent("d", { state: "revoked" }),
    agent("e", { labels: {} }),
  ];
  const selected = selectAgents("role=rack", fleet);
  expect(selected).toMatchObject({
    kind: "selected",
    agents: [{ name: "a" }, { name: "c" }],
    unreachable: [{ name: "b" }],
  });
});

test.each([
  ["role=mesh", [agent("a")], "no agent matches role=mesh"],
  ["role=rack", [agent("a", { state: "offline" })], "a is offline"],
  ["role=rack", [agent("a", { state: "revoked" })], "no agent matches"],
  ["", [agent("a")], "empty"],
] as const)("%j of %j is nobody, never everybody", (selector, fleet, reason) => {
  expect(selectAgents(selector, fleet)).toMatchObject({
    kind: "faulty",
    reason: expect.stringContaining(reason),
  });
});
