import { pino } from "pino";
import { expect, test } from "vitest";
import { watchLanes } from "./lane-watch.ts";

test("the first lane that ends is the failure, and each is logged by its name", async () => {
  const lines: { level: number; lane?: string }[] = [];
  const lanes = watchLanes(pino({}, { write: (line) => void lines.push(JSON.parse(line)) }));
  expect(lanes.failure()).toBeUndefined();
  lanes.ended("events", new Error("no"));
  lanes.ended("results", "neither");
  expect(lanes.failure()).toMatchObject({ lane: "events", cause: { message: "no" } });
  expect(await lanes.failed).toBe(lanes.failure());
  expect(lines).toMatchObject([
    { level: 50, lane: "events" },
    { level: 50, lane: "results", err: { message: "neither" } },
  ]);
});
