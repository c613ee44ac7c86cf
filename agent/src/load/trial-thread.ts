// The body of a trial's thread: asks the plan's driver for one exchange and posts it.
import { PlanRejected } from "./drivers/driver.ts";
import { driverNamed } from "./drivers/index.ts";
import { openJudge } from "./generator/judge.ts";
import type { TrialOutcome, TrialStart } from "./trial.ts";

export async function tryPlan({ assignment }: TrialStart): Promise<TrialOutcome> {
  const { plan, endpoint, run, share, secrets, policyFile } = assignment;
  const remarks = new Set<string>();
  try {
    const driver = await driverNamed(plan.driver);
    const exchange = await driver.tryOnce(plan, {
      endpoint,
      run,
      share,
      secrets,
      judge: openJudge(plan, policyFile),
      remark: (text) => remarks.add(text),
    });
    return {
      kind: "tried",
      exchange: { ...exchange, remarks: [...new Set([...exchange.remarks, ...remarks])] },
    };
  } catch (cause) {
    if (cause instanceof PlanRejected) return { kind: "rejected", reason: cause.message };
    throw cause;
  }
}
