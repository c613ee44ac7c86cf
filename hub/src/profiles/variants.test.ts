import type { ProfileSpec, Variant } from "@tidemark/proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { driverOf, shapeText } from "./shape.ts";
import { runRequestOf, variantsOf } from "./variants.ts";

const spec = (more: Partial<ProfileSpec> = {}): ProfileSpec => ({
  name: "machine list",
  load: { target: "http://maas:5240/MAAS/api/2.0/machines/", ratePerSecond: 1_000 },
  placement: { selector: "role=rack" },
  ...more,
});
const releases: readonly Variant[] = [
  { labels: { release: "3.5", dataset: "10" } },
  { labels: { release: "3.6", dataset: "10" } },
  { labels: { release: "3.6", dataset: "1000" } },
];

test("a profile without variants runs one way, which has no labels", () => {
  expect(variantsOf(spec())).toEqual([{ labels: {} }]);
  expect(variantsOf(spec({ variants: [] }))).toEqual([{ labels: {} }]);
});

test.each([
  [undefined, [0, 1, 2]],
  ["release=3.6", [1, 2]],
  ["release=3.6,dataset!=10", [2]],
  ["dataset in (10)", [0, 1]],
  ["release=3.7", []],
  ["", []],
  ["release~3", []],
])("the selector %s means the variants %j", (selector, wanted) => {
  const variants = [...releases];
  expect(variantsOf(spec({ variants }), selector)).toEqual(wanted.map((at) => releases[at]));
});

test("a variant's target, body and headers take the place of the load's", () => {
  const load = {
    ...spec().load,
    body: "load",
    headers: [
      { name: "Accept", value: "text/plain" },
      { name: "X-Trace", value: "1" },
      { name: "accept", value: "application/json" },
    ],
  };
  const variant: Variant = {
    labels: { mesh: "on" },
    target: "http://mesh:80/",
    body: "variant",
    headers: [{ name: "ACCEPT", value: "*/*" }],
  };
  expect(runRequestOf(spec({ load }), variant, "run")).toEqual({
    name: "run",
    selector: "role=rack",
    target: "http://mesh:80/",
    ratePerSecond: 1_000,
    body: "variant",
    headers: [
      { name: "X-Trace", value: "1" },
      { name: "ACCEPT", value: "*/*" },
    ],
  });
});

test("a variant that changes nothing is the load as it stands", () => {
  const only = spec({ placement: { agents: ["aaaaaaaaaaaaaaaa"] } });
  expect(runRequestOf(only, { labels: {} }, "x".repeat(200))).toEqual({
    ...only.load,
    agents: ["aaaaaaaaaaaaaaaa"],
    name: "x".repeat(128),
  });
});

test("of merged headers, none of a variant's is lost and none of the load's is doubled", () => {
  const headers = fc.array(
    fc.record({
      name: fc.constantFrom("accept", "Accept", "ACCEPT", "x-a", "X-A", "x-b"),
      value: fc.string({ maxLength: 4 }),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(headers, headers, (ofLoad, ofVariant) => {
      const profile = spec({ load: { ...spec().load, headers: ofLoad } });
      const merged = runRequestOf(profile, { labels: {}, headers: ofVariant }, "").headers ?? [];
      const names = new Set(ofVariant.map(({ name }) => name.toLowerCase()));
      const kept = ofLoad.filter(({ name }) => !names.has(name.toLowerCase()));
      expect(merged).toEqual([...kept, ...ofVariant]);
    }),
  );
});

test.each<[Partial<ProfileSpec["load"]>, string]>([
  [{}, "1,000/s for 10 s"],
  [{ durationSeconds: 90 }, "1,000/s for 90 s"],
  [{ durationSeconds: 120 }, "1,000/s for 2 min"],
  [{ durationSeconds: 7_200 }, "1,000/s for 2 h"],
  [{ durationSeconds: 0.25 }, "1,000/s for 0.25 s"],
  [{ ratePerSecond: 50, preset: "spike" }, "50 → 250 → 50/s for 1 min"],
  [{ preset: "capacity" }, "search 10 to 1,000/s in steps of 10 s"],
  [{ target: "nowhere" }, ""],
])("the shape of %j is %s", (load, text) => {
  expect(shapeText(spec({ load: { ...spec().load, ...load } }))).toBe(text);
});

test.each<[Partial<ProfileSpec["load"]>, string]>([
  [{}, "http1"],
  [{ target: "wss://maas/MAAS/ws" }, "websocket"],
  [{ driver: "fortio" }, "fortio"],
])("the driver of %j is %s", (load, driver) => {
  expect(driverOf(spec({ load: { ...spec().load, ...load } }))).toBe(driver);
});
