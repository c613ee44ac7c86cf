import { expect, test } from "vitest";
import { attentionOf, type FleetRow } from "./attention.ts";
import { select, sorted } from "./ordering.ts";

const none = { cpu: [], memory: [], disk: [], network: [] };

function row(
  name: string,
  change: Partial<Omit<FleetRow, "agent">> & {
    state?: FleetRow["agent"]["state"];
    labels?: Record<string, string>;
  } = {},
): FleetRow {
  const { state = "online", labels = {}, ...readings } = change;
  return {
    agent: {
      id: name.padEnd(16, "a"),
      name,
      labels,
      state,
      enrolledAtMs: 0,
      lastSeenMs: 0,
      version: "1",
      intervalSeconds: 1,
      clockOffsetMs: 0,
      lanes: null,
      activeRuns: [],
      loadAllowed: true,
      missingBatches: 0,
    },
    cpu: 0.1,
    memory: 0.1,
    disk: 0,
    network: 0,
    fullest: 0.1,
    pressure: 0,
    sparklines: none,
    ...readings,
  };
}
const namesOf = (rows: readonly FleetRow[]) => rows.map(({ agent }) => agent.name);

test("what is wrong comes first, worst on top", () => {
  const rows = [
    row("fine"),
    row("busy", { cpu: 0.99 }),
    row("full", { fullest: 0.97 }),
    row("gone", { state: "offline", cpu: null }),
    row("quiet", { state: "stale" }),
    row("stalling", { pressure: 0.6 }),
    row("left", { state: "revoked" }),
  ];
  expect(namesOf(sorted(rows, { by: "worst", direction: "desc" }))).toEqual([
    "gone",
    "quiet",
    "full",
    "stalling",
    "busy",
    "fine",
    "left",
  ]);
});

test("a small change of a reading does not move a host", () => {
  expect(attentionOf(row("a", { fullest: 0.961 })).rank).toBe(
    attentionOf(row("a", { fullest: 0.969 })).rank,
  );
});

test.each(["asc", "desc"] as const)(
  "what was not measured comes last when sorting %s",
  (direction) => {
    const rows = [
      row("unknown", { cpu: null }),
      row("low", { cpu: 0.1 }),
      row("high", { cpu: 0.9 }),
    ];
    expect(namesOf(sorted(rows, { by: "cpu", direction })).at(-1)).toBe("unknown");
  },
);

test("names sort as people count", () => {
  const rows = [row("web-10"), row("web-9")];
  expect(namesOf(sorted(rows, { by: "name", direction: "asc" }))).toEqual(["web-9", "web-10"]);
});

test.each([
  ["web", ["web-1", "web-2"]],
  ["role=rack", ["rack-1"]],
  ["web zone=b", ["web-2"]],
  ["zone=c", []],
])("the filter %j leaves %j", (filter, names) => {
  const rows = [
    row("web-1", { labels: { role: "web", zone: "a" } }),
    row("web-2", { labels: { role: "web", zone: "b" } }),
    row("rack-1", { labels: { role: "rack", zone: "b" } }),
  ];
  expect(namesOf(select(rows, "all", filter))).toEqual(names);
});
