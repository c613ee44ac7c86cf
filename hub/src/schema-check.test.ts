import { AgentPatch, IdSchema, NewRun, NewToken } from "@tidemark/proto";
import { Type } from "typebox";
import { expect, test } from "vitest";
import { checker } from "./schema-check.ts";

const run = {
  agent: "aaaaaaaaaaaaaaaa",
  target: "http://127.0.0.1/",
  ratePerSecond: 1,
  connections: 1,
  durationSeconds: 1,
};
const search = {
  kind: "search",
  objective: { percentile: 99, responseMs: 20, errorRatioMax: 0 },
  fromPerSecond: 1,
  toPerSecond: 10,
  stepSeconds: 1,
  toleranceRatio: 0.1,
};

test.each([
  ["the whole", NewRun, null, "", "must be object"],
  ["a missing field", NewRun, { ...run, target: undefined }, "/target", "must be string"],
  ["a field not given", NewToken, { name: "a", role: "viewer" }, "/expiresInDays", "is missing"],
  [
    "an unknown field",
    NewRun,
    { ...run, extra: 1 },
    "/extra",
    "is not a field that can stand here",
  ],
  ["a range", NewRun, { ...run, connections: 0 }, "/connections", "must be >= 1"],
  [
    "an id",
    NewRun,
    { ...run, agent: "A" },
    "/agent",
    "must be an id: 16 characters of a–z and 2–7",
  ],
  [
    "one of several words",
    NewRun,
    { ...run, method: "BREW" },
    "/method",
    'must be one of "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"',
  ],
  [
    "a union of constants",
    NewRun,
    { ...run, precision: "rough" },
    "/precision",
    'must be one of "precise", "economy", "exact"',
  ],
  [
    "a nullable number",
    NewToken,
    { name: "a", role: "viewer", expiresInDays: 0 },
    "/expiresInDays",
    "must be >= 1",
  ],
  [
    "what says its kind, of the last kind there is",
    NewRun,
    { ...run, pacing: { ...search, toleranceRatio: 1 } },
    "/pacing/toleranceRatio",
    "must be <= 0.5",
  ],
  [
    "an element of a list within it",
    NewRun,
    {
      ...run,
      pacing: { kind: "stages", fromPerSecond: 0, stages: [{ durationMs: 1, toPerSecond: 1 }] },
    },
    "/pacing/stages/0/durationMs",
    "must be >= 100",
  ],
  [
    "a secret in place of its name",
    NewRun,
    { ...run, auth: { kind: "bearer", token: "x", tokenSecret: "a" } },
    "/auth/token",
    "is not a field that can stand here",
  ],
  [
    "an unknown kind",
    NewRun,
    { ...run, auth: { kind: "digest" } },
    "/auth/kind",
    'must be one of "basic", "bearer", "oauth1"',
  ],
  ["no kind", NewRun, { ...run, pacing: {} }, "/pacing/kind", "is missing"],
  ["an element", Type.Array(IdSchema), ["aaaaaaaaaaaaaaaa", 7], "/1", "must be string"],
  [
    "a key of a record",
    AgentPatch,
    { labels: { "no spaces": "x" } },
    "/labels/no spaces",
    "is not a field that can stand here",
  ],
])("names the field and says what is wrong with %s", (_what, schema, value, field, message) => {
  expect(checker(schema)(value)).toEqual({ field, message });
});

test("says nothing about what fits", () => {
  expect(checker(NewRun)(run)).toBeUndefined();
  expect(checker(AgentPatch)({ labels: { "role.of/it": "" } })).toBeUndefined();
});
