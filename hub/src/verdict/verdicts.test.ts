import { setImmediate } from "node:timers/promises";
import type { ProfileId } from "@tidemark/proto";
import { expect, test } from "vitest";
import { runsAt, spread } from "../../test/made-evidence.ts";
import { openVerdicts } from "./verdicts.ts";

const profile = "aaaaaaaaaaaaaaaa" as ProfileId;
const never = () => Promise.reject(new Error("not asked for"));

test("others have their turn between the strata of a comparison", async () => {
  const datasets = ["10", "20", "50", "100", "200", "500"];
  const runs = datasets.flatMap((dataset) =>
    ["3.5", "3.6"].flatMap((release) => runsAt(spread, { variant: { release, dataset } })),
  );
  const verdicts = openVerdicts({
    store: { ofProfile: async () => runs, ofProfiles: never, byRuns: never, save: never },
    profiles: {
      get: () => ({ id: profile, name: "p", archivedAtMs: null }) as never,
      revision: async () => undefined,
    },
    runOf: never,
    campaignOf: never,
    hostFigures: never,
    expectedMs: () => 0,
    now: Date.now,
  });
  let isDone = false;
  const asked = verdicts
    .compare({ profile, baseline: "release=3.5", candidate: "release=3.6" })
    .finally(() => {
      isDone = true;
    });
  let turns = 0;
  for (; !isDone; turns += 1) await setImmediate();
  expect((await asked).verdicts).toHaveLength(datasets.length);
  expect(turns).toBeGreaterThanOrEqual(datasets.length);
});
