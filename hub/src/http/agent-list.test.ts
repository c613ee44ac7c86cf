import { type Agent, type AgentState } from "@tidemark/proto";
import { expect, test } from "vitest";
import { listAgents } from "./agent-list.ts";

const agent = (
  id: string,
  name: string,
  labels: Record<string, string> = {},
  state: AgentState = "online",
): Agent => ({
  id: id.padEnd(16, "a"),
  name,
  labels,
  state,
  enrolledAtMs: 0,
  lastSeenMs: null,
  version: null,
  intervalSeconds: null,
  clockOffsetMs: null,
  lanes: null,
  activeRuns: [],
  loadAllowed: null,
  missingBatches: 0,
});

const fleet = [
  agent("d", "web-2", { role: "web", zone: "b" }),
  agent("c", "web-1", { role: "web", zone: "a" }, "offline"),
  agent("b", "rack-1", { role: "rack", zone: "a" }),
  agent("e", "web-1", { role: "web", zone: "c" }),
];
const names = (list: { items: Agent[] }) => list.items.map(({ id, name }) => `${name} ${id[0]}`);

test.each([
  ["by name, then id", {}, ["rack-1 b", "web-1 c", "web-1 e", "web-2 d"]],
  ["of a label", { label: ["role=web"] }, ["web-1 c", "web-1 e", "web-2 d"]],
  ["of every label", { label: ["role=web", "zone=a"] }, ["web-1 c"]],
  ["that have a label at all", { label: ["zone"] }, ["rack-1 b", "web-1 c", "web-1 e", "web-2 d"]],
  ["of an empty label", { label: ["role="] }, []],
  ["in a state", { state: "offline" as const }, ["web-1 c"]],
  ["that a search finds in the name", { search: "RACK" }, ["rack-1 b"]],
  ["that a search finds in a label", { search: "zone=c" }, ["web-1 e"]],
])("lists agents %s", (_what, query, expected) => {
  expect(names(listAgents(fleet, query))).toEqual(expected);
});

test("pages without losing or repeating one", () => {
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = listAgents(fleet, { limit: 1, ...(cursor ? { cursor } : {}) });
    expect(page.total).toBe(4);
    seen.push(...names(page));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(["rack-1 b", "web-1 c", "web-1 e", "web-2 d"]);
});

test.each([
  ["an empty label", { label: ["role=web", ""] }, "/label/1"],
  ["a label without a key", { label: ["=web"] }, "/label/0"],
  ["a cursor of nobody", { cursor: "zzzz" }, "/cursor"],
])("refuses %s", (_what, query, field) => {
  expect(() => listAgents(fleet, query)).toThrow(
    expect.objectContaining({ code: "invalid-request", field }),
  );
});
