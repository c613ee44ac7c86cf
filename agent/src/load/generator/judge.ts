// The host's policy as a driver may ask it, when a redirect leads to another target.
import type { LoadPlan } from "@tidemark/proto";
import type { Verdict } from "../drivers/driver.ts";
import type { Guard } from "../guard/guard.ts";

/** Without a policy everything stays at the plan's target. The policy is read when it is first asked. */
export function openJudge(
  plan: LoadPlan,
  policyFile: string | undefined,
): (host: string, port: number) => Promise<Verdict> {
  let guard: Guard | undefined;
  return async (host, port) => {
    if (policyFile === undefined)
      return { kind: "refused", reason: "no policy says where else requests may go" };
    if (guard === undefined) {
      // Loaded when wanted: few runs follow redirects.
      const { openGuard } = await import("../guard/guard.ts");
      guard = openGuard({ policyFile });
    }
    const at = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
    return await guard.judge({ ...plan, target: `http://${at}:${port}/` });
  };
}
