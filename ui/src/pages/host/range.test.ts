import { expect, test } from "vitest";
import { fixedQuery, pointsOf, refreshSeconds, viewOf } from "./range.ts";

const view = (query: string) => viewOf(new URLSearchParams(query));

test.each([
  ["", { kind: "moving", key: "live", seconds: 300 }],
  ["range=6h", { kind: "moving", key: "6h", seconds: 21_600 }],
  ["range=nonsense", { kind: "moving", key: "live", seconds: 300 }],
  ["from=100&to=200", { kind: "fixed", window: { from: 100, to: 200 } }],
  ["from=200&to=100", { kind: "moving", key: "live", seconds: 300 }],
  ["from=-5&to=1e9", { kind: "moving", key: "live", seconds: 300 }],
])("%j is read as %j", (query, expected) => expect(view(query)).toEqual(expected));

test("a zoom is never shorter than five seconds", () => {
  expect(fixedQuery({ from: 100, to: 101 })).toEqual({ from: "98", to: "103", range: undefined });
});

test("short windows ask for every second, long ones for what a chart can show", () => {
  expect(pointsOf(view(""))).toBe(300);
  expect(pointsOf(view("range=7d"))).toBe(480);
});

test("live and fixed windows are not fetched again", () => {
  expect(refreshSeconds(view(""))).toBeUndefined();
  expect(refreshSeconds(view("from=1&to=2"))).toBeUndefined();
  expect(refreshSeconds(view("range=24h"))).toBe(120);
});
