// A run under the policy's watch: what only shows while it runs is held against the ceilings second by second, and what it says
// at its end names no secret.
import type { RunFinal } from "@tidemark/proto";
import { type Claim, openWatch } from "./guard/ceilings.ts";
import type { Policy } from "./guard/policy.ts";
import type { Hide } from "./hiding.ts";
import { type ActiveRun, type RunOptions, startRun } from "./run.ts";

export interface WatchedOptions extends RunOptions {
  readonly claim: Claim;
  readonly policy: Policy;
  readonly cores: number;
  readonly hide: Hide;
}

export function startWatched(options: WatchedOptions): ActiveRun {
  const { assignment, claim, policy, cores, hide } = options;
  const watch = openWatch(policy, assignment.plan, claim, cores);
  let before = process.cpuUsage();
  const run = startRun({
    ...options,
    interval(interval) {
      options.interval(interval);
      const { durationMs, counts } = interval;
      // Of the whole process: threads of several runs, their pacers and what the agent does for them count together.
      const spent = process.cpuUsage(before);
      before = process.cpuUsage();
      const cause = watch({
        durationMs,
        sent: counts.sent,
        bytes: counts.bytesSent + counts.bytesReceived,
        cpu: (spent.user + spent.system) / 1_000 / Math.max(1, durationMs),
      });
      if (cause !== undefined) run.end("cancelled", cause);
    },
    final: (final) => options.final(hideInFinal(hide, final)),
  });
  return run;
}

/** Its words alone: a histogram's digits may well look like a short secret. */
function hideInFinal(hide: Hide, final: RunFinal): RunFinal {
  return {
    ...final,
    cause: hide(final.cause).slice(0, 512),
    remarks: final.remarks.map((remark) => hide(remark).slice(0, 512)),
    spoiled: final.spoiled.map(({ code, detail }) => ({
      code,
      detail: hide(detail).slice(0, 512),
    })),
  };
}
