import { expect, test } from "vitest";
import { defaultPolicyText, parsePolicy } from "./policy.ts";

const limits = "limits: { ratePerSecond: 1, connections: 1, durationSeconds: 1 }";

test("the default is one", () => {
  expect(parsePolicy(defaultPolicyText)).toMatchObject({
    kind: "policy",
    policy: {
      allow: true,
      ratePerSecondMax: 10_000,
      connectionsMax: 512,
      durationMsMax: 3_600_000,
    },
  });
});

test.each([
  ["", "the whole"],
  ["allow: true", "the whole"],
  ["allow: maybe\ntargets: []\n" + limits, "/allow"],
  ["allow: true\ntargets: everyone\n" + limits, "/targets"],
  ["allow: true\ntargets: [{ to: 300.1.1.1 }]\n" + limits, "/targets/0/to"],
  ["allow: true\ntargets: [{ to: 10.0.0.0/40 }]\n" + limits, "/targets/0/to"],
  ["allow: true\ntargets: [{ to: self }, { to: '*.test' }]\n" + limits, "/targets/1/to"],
  ["allow: true\ntargets: [{ to: self, ports: ['9-1'] }]\n" + limits, "/targets/0/ports"],
  ["allow: true\ntargets: [{ to: self, ports: [70000] }]\n" + limits, "/targets/0/ports"],
  ["allow: true\ntargets: []\nsurprise: 1\n" + limits, "/surprise"],
  ["allow: true\n\ttargets: []", "it is not YAML"],
  ["a: &a [*a]\nb: *a", "it is not YAML"],
])("malformed means nobody, with the reason: %j", (text, reason) => {
  expect(parsePolicy(text)).toMatchObject({
    kind: "malformed",
    reason: expect.stringContaining(reason),
  });
});
