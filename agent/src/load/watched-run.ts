// A run under the policy's watch: what only shows while it runs is held against the ceilings second by second, and what it says
// at its end names no secret.
import type { RunFinal, RunInterval } from "@tidemark/proto";
import { type Claim, openWatch } from "./guard/ceilings.ts";
import type { Policy } from "./guard/policy.ts";
import type { Hide } from "./hiding.ts";
import { type ActiveRun, type RunOptions, startRun } from "./run.ts";

const wordsMax = 512;

export interface WatchedOptions extends Omit<RunOptions, "watch"> {
  readonly claim: Claim;
  readonly policy: Policy;
  readonly cores: number;
  /** CPU that all runs under way take together, given what this one took in its latest interval; cores. */
  readonly cpuOfAll: (own: number) => number;
  readonly hide: Hide;
}

export function startWatched(options: WatchedOptions): ActiveRun {
  const { assignment, claim, policy, cores, hide } = options;
  const look = openWatch(policy, assignment.plan, claim, cores);
  let latest: RunInterval | undefined;
  return startRun({
    ...options,
    interval(interval) {
      latest = interval;
      options.interval(interval);
    },
    // Asked about the interval that was just told.
    watch({ threadCpu }) {
      if (latest === undefined) return undefined;
      const { durationMs, counts } = latest;
      const { sent, bytesSent, bytesReceived } = counts;
      return look({
        durationMs,
        sent,
        bytes: bytesSent + bytesReceived,
        cpu: options.cpuOfAll(threadCpu),
      });
    },
    final: (final) => options.final(hideInFinal(hide, final)),
  });
}

/** Its words alone: a histogram's digits may well look like a short secret. Words of full length may have been cut. */
function hideInFinal(hide: Hide, final: RunFinal): RunFinal {
  const told = (text: string) =>
    hide(text, text.length < wordsMax ? "whole" : "cut").slice(0, wordsMax);
  return {
    ...final,
    cause: told(final.cause),
    remarks: final.remarks.map(told),
    spoiled: final.spoiled.map(({ code, detail }) => ({ code, detail: told(detail) })),
  };
}
