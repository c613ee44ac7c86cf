import { type ProfileSpec, type RunId, type VariantLabels, newId } from "@tidemark/proto";
import { expect, test } from "vitest";
import type { RunEvidence } from "../evidence/evidence.ts";
import { releasesOf } from "./suspects.ts";

const run = (
  createdAtMs: number,
  variant: VariantLabels,
  level: RunEvidence["validity"]["level"] = "valid",
): RunEvidence => ({
  run: newId<RunId>(),
  name: "",
  createdAtMs,
  startedAtMs: createdAtMs,
  endedAtMs: createdAtMs + 1,
  origin: { profile: { id: newId(), revision: 1, name: "p" }, variant, campaign: newId() },
  key: {},
  environment: {},
  validity: { level, findings: [] },
  figures: {
    requests: 1,
    p50: 1,
    p95: 1,
    p99: 1,
    intervals: { p50: null, p95: null, p99: null },
    errorRatio: 0,
    achievedPerSecond: 1,
    capacityPerSecond: null,
  },
});
const profile = (...variants: readonly VariantLabels[]): ProfileSpec => ({
  name: "p",
  load: { target: "http://127.0.0.1:1/", ratePerSecond: 1 },
  placement: { selector: "role=rack" },
  variants: variants.map((labels) => ({ labels })),
});
const old = { release: "3.5", dataset: "10" };
const now = { release: "3.6", dataset: "10" };
const other = { release: "3.4", dataset: "1000" };
const spec = profile(old, now, other);
const suspect = run(100, now);

test("the release of the valid run before is the old one", () => {
  const history = [run(90, old), run(95, now, "invalid"), run(99, other), run(110, old), suspect];
  expect(releasesOf(suspect, history, spec)).toEqual({
    baseline: { labels: old },
    candidate: { labels: now },
  });
});

test.each([
  ["the run before was of the same release", [run(80, old), run(90, now)], spec],
  ["the profile no longer has the old one", [run(90, old)], profile(now)],
  ["there was none before", [], spec],
])("runs again alone where %s", (_what, history, of) => {
  expect(releasesOf(suspect, history, of)).toEqual({
    baseline: undefined,
    candidate: { labels: now },
  });
});

test("nothing is run again of a variant that the profile no longer has", () => {
  expect(releasesOf(suspect, [run(90, old)], profile(old))).toBeUndefined();
});
