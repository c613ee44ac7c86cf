import type { ProfileSpec, VariantLabels } from "@tidemark/proto";
import { expect, test } from "vitest";
import { pairsOf } from "./pairs.ts";

const profile = (...variants: readonly VariantLabels[]): ProfileSpec => ({
  name: "machines",
  load: { target: "http://127.0.0.1:1/", ratePerSecond: 1 },
  placement: { selector: "role=rack" },
  variants: variants.map((labels) => ({ labels })),
});
const both = profile(
  { release: "3.5", dataset: "10" },
  { release: "3.5", dataset: "1000" },
  { release: "3.6", dataset: "10" },
  { release: "3.6", dataset: "1000" },
  { release: "4.0", dataset: "10" },
);

test("pairs the variants that agree in all but what tells the sides apart", () => {
  const paired = pairsOf(both, { baseline: "release=3.5", candidate: "release=3.6" });
  expect(paired.kind === "paired" && paired.strata).toEqual([
    {
      baseline: { labels: { release: "3.5", dataset: "10" } },
      candidate: { labels: { release: "3.6", dataset: "10" } },
    },
    {
      baseline: { labels: { release: "3.5", dataset: "1000" } },
      candidate: { labels: { release: "3.6", dataset: "1000" } },
    },
  ]);
});

test("two labels may differ at once, and one may be missing on a side", () => {
  const spec = profile({ release: "3.5", mesh: "off" }, { release: "3.6", mesh: "on", new: "yes" });
  const paired = pairsOf(spec, { baseline: "mesh=off", candidate: "mesh=on" });
  expect(paired.kind === "paired" && paired.strata).toHaveLength(1);
});

test.each([
  ["release=9", "release=3.6", "baseline", /no variant matches release=9; there are: dataset=10, /],
  ["release=3.5", "release==", "candidate", /no variant matches/],
  ["release=3.5", "a b", "candidate", /“a b” is not/],
  ["release=3.5", "release", "candidate", /dataset=10, release=3.5 is on both sides/],
  ["release=3.5", "release=4.0", "candidate", /dataset=1000, release=3.5 has no counterpart/],
  ["release=4.0", "release=3.5", "baseline", /dataset=1000, release=3.5 has no counterpart/],
  ["release=3.5,dataset=10", "release=3.6,dataset=1000", undefined, undefined],
  ["release in (3.5,3.6),dataset=10", "release=4.0", "baseline", /stand for the same/],
  ["release=4.0", "release in (3.5,3.6),dataset=10", "candidate", /stand for the same/],
])(
  "%s against %s: what is wrong is said of the right side",
  (baseline, candidate, side, reason) => {
    const paired = pairsOf(both, { baseline, candidate });
    if (side === undefined) expect(paired.kind).toBe("paired");
    else expect(paired).toMatchObject({ side, reason: expect.stringMatching(reason ?? /./) });
  },
);
