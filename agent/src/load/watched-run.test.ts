import type { RunFinal } from "@tidemark/proto";
import { expect, test } from "vitest";
import { assignmentOf, planFor } from "../../test/generated.ts";
import { type StartCarrier, unknownHealth } from "./carrier.ts";
import { defaultPolicyText } from "./guard/default-policy.ts";
import { parsePolicy } from "./guard/policy.ts";
import { openHiding } from "./hiding.ts";
import { startWatched } from "./watched-run.ts";

test("what a final says is cut after secrets were taken out, and a secret that a cut left the beginning of goes too", async () => {
  const secret = "s3cr3t-value";
  const remark = `${"x".repeat(506)}${secret} and more`;
  const carrier: StartCarrier = (_, { report }) => {
    queueMicrotask(() =>
      report({
        kind: "ended",
        whole: true,
        cause: "",
        unsent: 0,
        inFlight: 0,
        health: unknownHealth,
        source: { generator: "tidemark", version: "", exact: true, relativeErrorMax: null },
        remarks: [remark, `said ${secret}`],
      }),
    );
    return { stop: () => undefined, terminate: async () => undefined };
  };
  const parsed = parsePolicy(defaultPolicyText);
  if (parsed.kind !== "policy") throw new Error("the default policy is malformed");
  const finals: RunFinal[] = [];
  const plan = planFor(1);
  await startWatched({
    assignment: assignmentOf(plan),
    claim: { ratePerSecond: 100, connections: 4 },
    policy: parsed.policy,
    cores: 2,
    cpuOfAll: (own) => own,
    hide: openHiding(plan, { token: secret }),
    interval: () => undefined,
    final: (final) => finals.push(final),
    isKilled: () => false,
    now: Date.now,
    carrier,
  }).ended;
  expect(finals[0]?.remarks).toEqual(["x".repeat(506), "said {{secret.token}}"]);
});
