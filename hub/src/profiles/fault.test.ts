import { ProfileSpec, parser } from "@tidemark/proto";
import { expect, test } from "vitest";
import { profileFault } from "./fault.ts";
import { holdsSecret } from "./secrets.ts";

const target = "http://maas:5240/MAAS/api/2.0/machines/";
const good: ProfileSpec = {
  name: "machine list",
  load: {
    target,
    ratePerSecond: 100,
    durationSeconds: 30,
    warmupSeconds: 5,
    auth: { kind: "oauth1", keySecret: "maas" },
    headers: [
      { name: "Accept", value: "application/json" },
      { name: "Cookie", value: "sessionid={{secret.session}}" },
    ],
  },
  placement: { agents: ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"] },
  variants: [
    { labels: { release: "3.5", dataset: "10" } },
    {
      labels: { release: "3.6", dataset: "10" },
      target: "http://next:5240/MAAS/api/2.0/machines/",
    },
  ],
  objectives: [{ percentile: 99, responseMs: 200, errorRatioMax: 0.001 }],
  repeats: 8,
};
const load = (more: Partial<ProfileSpec["load"]>) => ({ load: { ...good.load, ...more } });
const secondVariant = (more: object) => ({
  variants: [...good.variants!.slice(0, 1), { ...good.variants![1]!, ...more }],
});
const checkSpec = parser(ProfileSpec, "profile");

test("a profile without a fault has none", () => {
  expect(profileFault(checkSpec(good))).toBeUndefined();
});

test.each<[string, Partial<ProfileSpec>, string, RegExp]>([
  ["a blank name", { name: "  " }, "/name", /blank/],
  ["nobody placed", { placement: {} }, "/placement", /one of them/],
  [
    "two placements",
    { placement: { agents: ["aaaaaaaaaaaaaaaa"], selector: "role=rack" } },
    "/placement",
    /not both/,
  ],
  ["a selector of nothing", { placement: { selector: " " } }, "/placement/selector", /nobody/],
  [
    "an agent twice",
    { placement: { agents: ["aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa"] } },
    "/placement/agents/1",
    /twice/,
  ],
  ["no rate", { load: { target } }, "/load/pacing", /how fast/],
  ["no URL", load({ target: "machines" }), "/load/target", /not a URL/],
  [
    "a rate and a pacing",
    load({ pacing: { kind: "max" } }),
    "/load/ratePerSecond",
    /the pacing says it/,
  ],
  [
    "a preset and another shape",
    load({ preset: "spike", ratePerSecond: undefined!, pacing: { kind: "max" } }),
    "/load/pacing",
    /it is max, and the preset spike is stages/,
  ],
  [
    "stages of another length",
    load({
      ratePerSecond: undefined!,
      pacing: {
        kind: "stages",
        fromPerSecond: 1,
        stages: [{ durationMs: 1_000, toPerSecond: 1 }],
      },
    }),
    "/load/pacing/stages",
    /30000 ms/,
  ],
  [
    "a warm-up at rate 0",
    load({ ratePerSecond: undefined!, pacing: { kind: "ramp", fromPerSecond: 0, toPerSecond: 9 } }),
    "/load/warmupSeconds",
    /that is 0/,
  ],
  ["fewer connections than agents", load({ connections: 1 }), "/load/connections", /fewer than 2/],
  [
    "another driver's section",
    load({ grpc: { call: "health", method: "" } }),
    "/load/grpc",
    /not the grpc driver/,
  ],
  ["credentials in the URL", load({ target: "http://a:b@maas/" }), "/load/target", /credentials/],
  [
    "a token in the URL",
    load({ target: `${target}?access_token=abc` }),
    "/load/target",
    /access_token usually holds a secret/,
  ],
  [
    "a token in a path",
    load({ requests: [{ weight: 1, path: "/x?api_key=abc" }] }),
    "/load/requests/0/path",
    /api_key/,
  ],
  [
    "a secret header",
    load({ headers: [{ name: "X-Api-Key", value: "abc" }] }),
    "/load/headers/0/value",
    /X-Api-Key usually holds a secret/,
  ],
  [
    "a secret header of one request",
    load({
      requests: [{ weight: 1, headers: [{ name: "authorization", value: "Bearer abc" }] }],
    }),
    "/load/requests/0/headers/0/value",
    /secret/,
  ],
  [
    "a secret header of a variant",
    secondVariant({ headers: [{ name: "Cookie", value: "" }] }),
    "/variants/1/headers/0/value",
    /secret/,
  ],
  [
    "a load too large for a message",
    load({ body: "x".repeat(800_000) }),
    "/load/body",
    /signed message/,
  ],
  [
    "more than is kept",
    {
      variants: [1, 2].map((release) => ({
        labels: { release: String(release) },
        body: "x".repeat(600_000),
      })),
    },
    "/variants",
    /900000 are kept/,
  ],
  [
    "variants alike",
    secondVariant({ labels: { dataset: "10", release: "3.5" } }),
    "/variants/1/labels",
    /variant 0 has the same/,
  ],
  [
    "variants of other labels",
    secondVariant({ labels: { release: "3.6", mesh: "on" } }),
    "/variants/0/labels",
    /lacks mesh/,
  ],
  [
    "a variant's target that is none",
    secondVariant({ target: "nowhere" }),
    "/variants/1/target",
    /not a URL/,
  ],
  [
    "a variant's target that the load does not fit",
    { ...load({ method: "POST", warmupSeconds: 0 }), ...secondVariant({ target: "ws://maas/" }) },
    "/variants/1/target",
    /websocket cannot honour method/,
  ],
  [
    "a variant's header that breaks framing",
    secondVariant({ headers: [{ name: "Upgrade", value: "x" }] }),
    "/variants/1/headers/0",
    /set by the driver/,
  ],
  [
    "a load's header that a variant's target makes a fault",
    {
      ...load({ headers: [{ name: "Connection", value: "close" }] }),
      ...secondVariant({ target: "ws://maas/" }),
    },
    "/load/headers/0",
    /set by the driver/,
  ],
  [
    "a variant's body that a HEAD cannot carry",
    { ...load({ method: "HEAD" }), ...secondVariant({ body: "x" }) },
    "/variants/1/body",
    /HEAD/,
  ],
  [
    "a variant's template without a feed",
    secondVariant({ body: "{{feed.id}}" }),
    "/variants/1/body",
    /wants a feed/,
  ],
  [
    "two objectives for one percentile",
    {
      objectives: [
        { percentile: 99, responseMs: 200, errorRatioMax: 0 },
        { percentile: 99, responseMs: 300, errorRatioMax: 0 },
      ],
    },
    "/objectives/1/percentile",
    /p99 has an objective/,
  ],
  [
    "objectives of a search",
    { load: { target, preset: "capacity" } },
    "/objectives",
    /objective of its own/,
  ],
  [
    "more runs than a campaign has",
    {
      repeats: 100,
      variants: Array.from({ length: 11 }, (_, at) => ({ labels: { release: String(at) } })),
    },
    "/repeats",
    /1100 runs/,
  ],
])("%s is refused with its field", (_what, more, field, reason) => {
  const fault = profileFault({ ...good, ...more });
  expect(fault?.field).toBe(field);
  expect(fault?.reason).toMatch(reason);
});

test.each([
  ["Authorization", true],
  ["proxy-authorization", true],
  ["Cookie", true],
  ["X-API-Key", true],
  ["apikey", true],
  ["X-Auth-Token", true],
  ["Private-Token", true],
  ["X-Amz-Security-Token", true],
  ["Accept", false],
  ["Content-Type", false],
  ["X-Request-Id", false],
  ["Author", false],
])("the header %s holds a secret: %s", (name, holds) => {
  expect(holdsSecret(name)).toBe(holds);
});
