import type { ProfileSpec } from "@tidemark/proto";
import { expect, test } from "vitest";
import { changesBetween } from "./spec-diff.ts";

const spec: ProfileSpec = {
  name: "list",
  load: {
    target: "http://127.0.0.1/",
    pacing: { kind: "constant", ratePerSecond: 10 },
    headers: [{ name: "Accept", value: "text/plain" }],
  },
  placement: { selector: "role=rack" },
  variants: [{ labels: { release: "3.5" } }, { labels: { release: "3.6" }, body: "{}" }],
};

test("the same spec has not changed", () => expect(changesBetween(spec, spec)).toEqual([]));

test("a field's place is said in words, with what it was and is", () => {
  const next = {
    ...spec,
    load: { ...spec.load, pacing: { kind: "constant" as const, ratePerSecond: 20 } },
    comparison: { marginRatio: 0.03 },
  };
  expect(changesBetween(spec, next)).toEqual([
    { where: "load, pacing, rate per second", before: "10", after: "20" },
    { where: "comparison, margin ratio", before: undefined, after: "0.03" },
  ]);
});

test("variants and headers are followed by what they are called, not by their place", () => {
  const next = {
    ...spec,
    load: {
      ...spec.load,
      headers: [{ name: "X-Mesh", value: "on" }, ...(spec.load.headers ?? [])],
    },
    variants: [{ labels: { release: "3.4" } }, ...(spec.variants ?? [])].slice(0, 2),
  };
  const changes = changesBetween(spec, next);
  expect(changes.map(({ where }) => where)).toEqual([
    "variant release=3.6, body",
    "load, headers, X-Mesh, name",
    "load, headers, X-Mesh, value",
    "variant release=3.4",
  ]);
});

test("a long value is cut where it is shown, and its change still seen", () => {
  const withBody = (body: string) => ({ ...spec, load: { ...spec.load, body } });
  const [change] = changesBetween(withBody("a".repeat(900)), withBody(`${"a".repeat(900)}b`));
  expect(change?.after).toHaveLength(241);
});
