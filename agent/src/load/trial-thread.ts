// The body of a trial's thread: asks the plan's driver for one exchange and posts it.
import { PlanRejected, type Verdict } from "./drivers/driver.ts";
import { driverNamed } from "./drivers/index.ts";
import { openRedirects } from "./guard/redirects.ts";
import type { TrialOutcome, TrialStart } from "./trial.ts";

export async function tryPlan({ assignment }: TrialStart): Promise<TrialOutcome> {
  const { plan, endpoint, run, share, secrets, policyFile } = assignment;
  const remarks = new Set<string>();
  const stay = async (): Promise<Verdict> => ({
    kind: "refused",
    reason: "redirects stay at the target",
  });
  try {
    const driver = await driverNamed(plan.driver);
    const exchange = await driver.tryOnce(plan, {
      endpoint,
      run,
      share,
      secrets,
      judge: policyFile === undefined ? stay : openRedirects(plan, policyFile),
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
