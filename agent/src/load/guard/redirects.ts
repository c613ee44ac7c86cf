// Where a run under way may be led by its target: another target by the policy's rules, and only with secrets that may go there.
import { type LoadPlan, secretsIn } from "@tidemark/proto";
import type { Verdict } from "../drivers/driver.ts";
import { grantSecrets, ownUid, readSecrets, secretsFileOf } from "../secrets.ts";
import { openGuard } from "./guard.ts";
import { ownAddresses } from "./resolve.ts";
import { seen } from "./targets.ts";

/**
 * Judges what a redirect of `plan` leads to, by the policy and the secrets as they are on disk then. A secret without targets of
 * its own goes to the host it was given out for and to no other: whoever answers there must not be able to send it on.
 */
export function openRedirects(
  plan: LoadPlan,
  policyFile: string,
): (host: string, port: number) => Promise<Verdict> {
  const guard = openGuard({ policyFile });
  const names = secretsIn(plan);
  const from = bare(new URL(plan.target).hostname);
  return async (host, port) => {
    const verdict = await guard.judgeTarget(host, port);
    if (verdict.kind === "refused" || names.length === 0) return verdict;
    const target = seen(verdict.endpoint.address, { host: bare(host), port, own: ownAddresses() });
    const held = readSecrets(secretsFileOf(policyFile), ownUid());
    if (target === undefined || held.kind === "faulty")
      return { kind: "refused", reason: "this host's secrets cannot be read any more" };
    const granted = grantSecrets(held.secrets, names, target);
    if (granted.kind === "refused") return granted;
    const bound = names.find((name) => held.secrets.get(name)?.targets === undefined);
    return bound === undefined || target.host === from
      ? verdict
      : {
          kind: "refused",
          reason: `secret ${bound} stays with ${from}: give it targets in secrets.yaml to let a redirect take it to ${target.host}`,
        };
  };
}

const bare = (host: string) =>
  host
    .replace(/^\[(.*)\]$/, "$1")
    .toLowerCase()
    .replace(/\.$/, "");
