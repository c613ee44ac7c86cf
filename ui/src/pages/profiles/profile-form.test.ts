import { defaultComparison, profileLimits, type LoadSpec, type ProfileSpec } from "@tidemark/proto";
import { expect, test } from "vitest";
import { draftOfLoad } from "../load-form/draft-of-load.ts";
import { emptyDraft, type Draft } from "../load-form/draft.ts";
import { placementNow } from "./placement.ts";
import { fieldOfSpec } from "./pointers.ts";
import { emptyForm, formOfSpec, usualComparison, type ProfileForm } from "./profile-form.ts";
import { specOf, type SpecFaults } from "./spec-of-form.ts";
import { variantSummary } from "./variant-summary.ts";

const agent = "rack1aaaaaaaaaaa";
const candidates = [
  { id: agent, name: "rack-1", labels: { role: "rack" }, state: "online", loadAllowed: true },
] as const;

const load: LoadSpec = {
  driver: "http1",
  target: "http://127.0.0.1:8080/",
  pacing: { kind: "constant", ratePerSecond: 250 },
  connections: 12,
  durationSeconds: 30,
  timeoutMs: 2_000,
  precision: "precise",
};
const spec: ProfileSpec = { name: "list", load, placement: { agents: [agent] } };

function saved(whole: ProfileSpec, changes: Partial<ProfileForm> = {}, draft: Partial<Draft> = {}) {
  const filled = { ...draftOfLoad(whole.load, whole.placement), ...draft };
  return specOf({ ...formOfSpec(whole), ...changes }, filled, placementNow(filled, candidates));
}
function faultsOf(changes: Partial<ProfileForm>, draft: Partial<Draft> = {}): SpecFaults {
  const answer = saved(spec, changes, draft);
  return answer.kind === "faulty" ? answer.faults : {};
}

test("the usual comparison is proto's", () => {
  expect(usualComparison).toEqual(defaultComparison);
  expect(faultsOf({ runsEach: String(profileLimits.runsEachMax) })).toEqual({});
  expect(faultsOf({ runsEach: String(profileLimits.runsEachMax + 1) })).toHaveProperty(
    "/comparison/runsEach",
  );
});

const specs: readonly (readonly [name: string, spec: ProfileSpec])[] = [
  ["a plain one", spec],
  [
    "variants with overrides",
    {
      ...spec,
      description: "what for",
      labels: { team: "web" },
      variants: [
        { labels: { release: "3.5", dataset: "10" } },
        {
          labels: { release: "3.6", dataset: "10" },
          target: "http://127.0.0.1:8081/",
          headers: [{ name: "X-Mesh", value: "on" }],
          body: "{}",
        },
      ],
      objectives: [{ percentile: 99.9, responseMs: 20, errorRatioMax: 0.001 }],
      repeats: 3,
      comparison: { runsEach: 12, marginRatio: 0.025, onSuspect: "tell" },
    },
  ],
  [
    "everything an HTTP load can say",
    {
      ...spec,
      placement: { selector: "role=rack" },
      load: {
        ...load,
        target: "https://127.0.0.1:8443/",
        method: "POST",
        headers: [{ name: "Accept", value: "text/plain" }],
        body: "{{feed.user}}",
        requests: [{ weight: 3, path: "/a", method: "PUT", body: "x" }, { weight: 1 }],
        feed: { csv: "user\nada", order: "random" },
        expect: { statuses: ["2xx"], body: "ok" },
        redirectsMax: 2,
        auth: { kind: "oauth1", keySecret: "maas-key" },
        tls: { serverName: "maas", skipVerify: true },
        workers: 2,
        warmupSeconds: 5,
        identify: false,
        mayShare: true,
      },
    },
  ],
  [
    "stages over WebSocket",
    {
      ...spec,
      load: {
        ...load,
        driver: "websocket",
        target: "ws://127.0.0.1:8080/",
        body: "hi",
        pacing: {
          kind: "stages",
          fromPerSecond: 1,
          stages: [{ durationMs: 30_000, toPerSecond: 10 }],
        },
        websocket: { exchange: "echo", subprotocol: "v1" },
      },
    },
  ],
];
test.each(specs)("%s comes out of the editor as it went in", (_name, whole) => {
  expect(saved(whole)).toEqual({ kind: "spec", spec: whole });
});

test.each<[what: string, changes: Partial<ProfileForm>, field: string, reason: RegExp]>([
  ["no name", { name: " " }, "/name", /A name/],
  ["a label without a value", { labels: "team" }, "/labels", /key=value/],
  [
    "two variants alike",
    {
      variantKeys: ["release"],
      variants: [
        { values: ["3.5"], target: "", headers: "", body: "" },
        { values: [" 3.5 "], target: "", headers: "", body: "" },
      ],
    },
    "/variants/1/labels",
    /same labels as variant 1/,
  ],
  [
    "a variant without labels",
    {
      variantKeys: ["release"],
      variants: [{ values: [""], target: "", headers: "", body: "" }],
    },
    "/variants/0/labels",
    /same labels: release\?/,
  ],
  [
    "a label that cannot be one",
    { variantKeys: ["Release"], variants: [] },
    "/variants",
    /small letter/,
  ],
  [
    "a variant of another protocol",
    {
      variantKeys: ["release"],
      variants: [{ values: ["3"], target: "nonsense", headers: "", body: "" }],
    },
    "/variants/0/target",
    /not a URL/,
  ],
  [
    "an objective of no percentile",
    { objectives: [{ percentile: "101", responseMs: "20", errorPercent: "0" }] },
    "/objectives/0/percentile",
    /from 0.001 to 100/,
  ],
  ["a margin of nothing", { marginPercent: "0" }, "/comparison/marginRatio", /from 0.1 to 100/],
  ["half a run", { repeats: "1.5" }, "/repeats", /whole number/],
])("%s is named at its field", (_what, changes, field, reason) => {
  expect(faultsOf(changes)).toEqual({ [field]: expect.stringMatching(reason) });
});

test("faults of the load keep the names of its own fields, and all are told at once", () => {
  const faults = faultsOf({ name: "" }, { target: "", rate: "none" });
  expect(Object.keys(faults).toSorted()).toEqual(["/name", "rate", "target"]);
});

test("a profile may be saved for agents that are away, but not for nobody", () => {
  const meant = (change: Partial<Draft>) => placementNow({ ...emptyDraft, ...change }, candidates);
  expect(meant({ who: "selector", selector: "role=none" })).toMatchObject({ kind: "agents" });
  expect(meant({ who: "selector", selector: "=" })).toMatchObject({ kind: "nobody" });
  expect(meant({ who: "agents", agents: [] })).toMatchObject({ kind: "nobody" });
  expect(meant({ who: "agents", agents: ["goneaaaaaaaaaaaa"] })).toMatchObject({ kind: "agents" });
});

test.each([
  ["/load/pacing/ratePerSecond", "rate"],
  ["/spec/load/headers/0/value", "headers"],
  ["/placement/selector", "selector"],
  ["/spec/name", "/name"],
  ["/variants/3/labels/release", "/variants/3/labels"],
  ["/spec/variants/1", "/variants"],
  ["/comparison/marginRatio", "/comparison/marginRatio"],
  ["/revision", undefined],
])("the hub's %s lands at %s", (pointer, field) => {
  expect(fieldOfSpec(pointer, "constant")).toBe(field);
});

test("a list says the values of each label, as versions go", () => {
  const variants = ["3.10", "3.9", "3.9"].map((release) => ({ release, mesh: "on" }));
  expect(variantSummary(variants)).toEqual(["release 3.9, 3.10", "mesh on"]);
  expect(emptyForm.variants).toEqual([]);
});
