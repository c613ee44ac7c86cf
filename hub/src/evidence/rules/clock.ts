// Clocks within the run. Latencies are differences of a monotonic clock and do not feel a step; what does is which second an interval
// falls into, how agents began together, and which host metrics are beside it. So all of this is flagged.
import type { HostFacts } from "../facts.ts";
import { type Rule, flagged } from "./rule.ts";
import { of } from "./words.ts";

/** chrony slews by 0.5 ms a second at most before it steps: more from one sample to the next was no slewing. */
const stepMsMax = 1;
/** By the hub's word the clock is known to half a round trip of a beat; what a busy host makes of that is no step. */
const hubStepMsMax = 50;

export const clock = {
  name: "clock",
  judge: ({ run, hosts }) => [
    ...run.spoiled.flatMap(({ code, detail }) =>
      code === "started-apart" || code === "clock-uncertain" ? [flagged(detail)] : [],
    ),
    ...hosts.flatMap((facts) =>
      stepsOf(facts).map((words) => flagged(of(facts.name, hosts.length, words))),
    ),
  ],
} as const satisfies Rule;

function stepsOf({ window, clockSteps }: HostFacts): readonly string[] {
  // The agent saw it happen: what the offset says is the same step.
  if (clockSteps.length > 0) return [`the clock was set: ${clockSteps.join("; ")}`];
  const offset = window?.clockOffset?.step ?? 0;
  if (offset > stepMsMax)
    return [`the clock's offset changed by ${ms(offset)} at once, more than ${stepMsMax} ms`];
  const hubOffset = window?.hubOffset?.step ?? 0;
  return hubOffset > hubStepMsMax
    ? [
        `the clock moved by ${ms(hubOffset)} against the hub's at once, more than ${hubStepMsMax} ms`,
      ]
    : [];
}

const ms = (value: number) => `${Number(value.toPrecision(3))} ms`;
