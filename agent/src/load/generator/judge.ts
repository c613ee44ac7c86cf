// The host's policy as a driver may ask it, when a redirect leads to another target.
import type { LoadPlan } from "@tidemark/proto";
import type { Verdict } from "../drivers/driver.ts";

/** Without a policy everything stays at the plan's target. The policy is read when it is first asked. */
export function openJudge(
  plan: LoadPlan,
  policyFile: string | undefined,
): (host: string, port: number) => Promise<Verdict> {
  let judge: ((host: string, port: number) => Promise<Verdict>) | undefined;
  return async (host, port) => {
    if (policyFile === undefined)
      return { kind: "refused", reason: "no policy says where else requests may go" };
    if (judge === undefined) {
      // Loaded when wanted: few runs follow redirects.
      const { openRedirects } = await import("../guard/redirects.ts");
      judge = openRedirects(plan, policyFile);
    }
    return await judge(host, port);
  };
}
