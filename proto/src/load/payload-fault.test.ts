import { expect, test } from "vitest";
import { planFault } from "./plan-fault.ts";
import type { LoadPlan } from "./plan.ts";

const plan: LoadPlan = {
  driver: "http1",
  target: "http://example.test/",
  method: "GET",
  headers: [],
  body: "",
  pacing: { kind: "constant", ratePerSecond: 1 },
  precision: "precise",
  connections: 1,
  durationMs: 1_000,
  timeoutMs: 1_000,
};
const feed = { csv: "name,city\nx,y", order: "cycle" } as const;
const header = (name: string, value = "x") => ({ name, value });

test("finds nothing wrong with a plan that uses all of it", () => {
  const requests = [{ weight: 1, path: "/{{feed.name}}", headers: [header("X", "{{secret.a}}")] }];
  expect(planFault({ ...plan, feed, requests })).toBeUndefined();
});

test.each<[string, Partial<LoadPlan>, string, RegExp]>([
  [
    "a template in the target",
    { target: "http://example.test/{{id}}" },
    "/target",
    /requests\/0\/path/,
  ],
  ["a template that is none", { headers: [header("X", "{{uid}}")] }, "/headers/0", /uid/],
  ["a feed that is not there", { body: "{{feed.name}}" }, "/body", /wants a feed/],
  [
    "a column that is not there",
    { feed, body: "{{feed.town}}" },
    "/body",
    /no column town, only name, city/,
  ],
  ["a feed nobody reads", { feed }, "/feed", /no template uses it/],
  [
    "a feed that is no CSV",
    { feed: { ...feed, csv: "a\n1,2" }, body: "{{feed.a}}" },
    "/feed/csv",
    /line 2/,
  ],
  [
    "framing",
    { headers: [header("A"), header("content-LENGTH")] },
    "/headers/1",
    /set by the driver/,
  ],
  [
    "framing in a request",
    { requests: [{ weight: 1, headers: [header("TE")] }] },
    "/requests/0/headers/0",
    /set by/,
  ],
  [
    "what HTTP/2 does not know",
    { driver: "http2", headers: [header("Connection")] },
    "/headers/0",
    /set by/,
  ],
  ["two hosts", { headers: [header("Host"), header("host")] }, "/headers/1", /twice/],
  ["the run's own header", { headers: [header("Tidemark-Run")] }, "/headers/0", /identify: false/],
  [
    "two authorizations",
    { auth: { kind: "bearer", tokenSecret: "t" }, headers: [header("Authorization")] },
    "/headers/0",
    /auth/,
  ],
  [
    "a colon in a username",
    { auth: { kind: "basic", username: "a:b", passwordSecret: "p" } },
    "/auth/username",
    /colon/,
  ],
  ["a body with HEAD", { method: "HEAD", body: "x" }, "/body", /HEAD/],
  [
    "a body with one HEAD of many",
    { body: "x", method: "POST", requests: [{ weight: 1 }, { weight: 1, method: "HEAD" }] },
    "/requests/1/body",
    /HEAD/,
  ],
  ["a fragment", { requests: [{ weight: 1, path: "/a#b" }] }, "/requests/0/path", /fragment/],
  [
    "statuses from high to low",
    { expect: { statuses: ["200", "299-200"] } },
    "/expect/statuses/1",
    /holds no status/,
  ],
])("names the field of %s", (_, change, field, reason) => {
  expect(planFault({ ...plan, ...change })).toEqual({
    field,
    reason: expect.stringMatching(reason),
  });
});
