import { type LoadPlan, LoadPlan as PlanSchema, parser } from "@tidemark/proto";
import { expect, test } from "vitest";
import { plan } from "../../test/known-runs.ts";
import { blankedPlan } from "./blank.ts";
import { optionsOf } from "./options.ts";
import { sizeFault } from "./task-size.ts";

const secret = "s3cret";
const full: LoadPlan = {
  ...plan,
  headers: [{ name: "Authorization", value: secret }],
  body: secret,
  requests: [{ weight: 2, path: "/a", headers: [{ name: "x", value: secret }], body: secret }],
  feed: { csv: `a\n${secret}`, order: "random" },
  auth: { kind: "bearer", tokenSecret: "token" },
  tls: { ca: secret, skipVerify: true },
  expect: { statuses: ["2xx"] },
  grpc: { call: "unary", method: "a.B/C", proto: secret },
  redirectsMax: 3,
  mayShare: true,
  share: { index: 1, of: 2 },
};

test("what is stored of a plan is a plan without its secrets and without anybody's share", () => {
  const blanked = blankedPlan(full);
  expect(JSON.stringify(blanked)).not.toContain(secret);
  expect(parser(PlanSchema, "plan")(blanked)).toEqual(blanked);
  expect(blanked).toMatchObject({
    headers: [{ name: "Authorization", value: "" }],
    pacing: plan.pacing,
  });
  expect(blanked.share).toBeUndefined();
});

test("options are told in a few words", () => {
  expect(optionsOf(blankedPlan(full))).toEqual([
    "weighted requests: 1",
    "a data feed, rows at random",
    "bearer authentication",
    "its own certificate authorities",
    "the server's certificate is not checked",
    "expects status 2xx",
    "follows up to 3 redirects",
    "gRPC unary a.B/C",
    "may share its agents and its target",
  ]);
  expect(optionsOf(plan)).toEqual([]);
});

test.each<[string, Partial<LoadPlan>]>([
  ["/body", { body: "x".repeat(800_000) }],
  ["/feed/csv", { feed: { csv: "x".repeat(400_000), order: "cycle" }, body: "y".repeat(390_000) }],
  ["/requests", { requests: Array(3).fill({ weight: 1, body: "z".repeat(300_000) }) }],
])("a plan too large for a message is refused at %s", (field, change) => {
  expect(sizeFault(plan)).toBeUndefined();
  expect(sizeFault({ ...plan, body: "x".repeat(700_000) })).toBeUndefined();
  expect(sizeFault({ ...plan, ...change })?.field).toBe(field);
});
