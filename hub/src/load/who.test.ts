import type { AgentState } from "@tidemark/proto";
import { expect, test } from "vitest";
import { chooseAgents } from "./who.ts";

const candidate = (id: string, state: AgentState, labels = {}) => ({
  id,
  name: `name-${id}`,
  state,
  labels,
});
const candidates = [
  candidate("a", "online", { zone: "1" }),
  candidate("b", "stale", { zone: "1" }),
  candidate("c", "revoked", { zone: "1" }),
  candidate("d", "offline", { zone: "2" }),
  candidate("e", "online", { zone: "3" }),
];

test.each<[string, object, object]>([
  ["nobody named", {}, { code: "invalid-request", field: "/agents" }],
  ["two ways at once", { agent: "a", selector: "zone=1" }, { code: "invalid-request" }],
  ["an unknown agent", { agent: "z" }, { code: "not-found", field: "/agent" }],
  ["a revoked agent", { agents: ["a", "c"] }, { code: "not-found", field: "/agents/1" }],
  ["a stale agent", { agent: "b" }, { code: "agent-offline", reason: "name-b is stale" }],
  ["an agent twice", { agents: ["a", "a"] }, { field: "/agents/1" }],
  ["a selector of nobody", { selector: "zone=9" }, { code: "invalid-request", field: "/selector" }],
  ["a selector of the absent", { selector: "zone=2" }, { field: "/selector" }],
  ["a selector that is none", { selector: "zone in" }, { field: "/selector" }],
])("refuses %s", (_, input, expected) => {
  expect(chooseAgents(input, candidates)).toMatchObject({ kind: "refused", ...expected });
});

test("takes the named in their order, and the matched without the absent", () => {
  expect(chooseAgents({ agents: ["e", "a"] }, candidates)).toMatchObject({
    agents: [{ id: "e" }, { id: "a" }],
    remarks: [],
  });
  expect(chooseAgents({ selector: "zone=1" }, candidates)).toMatchObject({
    agents: [{ id: "a" }],
    remarks: ["left out of zone=1: name-b is stale"],
  });
});

test("a selector that matches more than a run can have is refused", () => {
  const many = Array.from({ length: 101 }, (_, at) => candidate(`x${at}`, "online", { all: "1" }));
  expect(chooseAgents({ selector: "all" }, many)).toMatchObject({
    code: "invalid-request",
    reason: "101 agents match; a run has 100 at most",
  });
});
