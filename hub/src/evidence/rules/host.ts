// What the hosts lacked meanwhile. flagged: on shared machines some of this is always there, and falls on both sides of an
// interleaved comparison. invalid: so much CPU was stolen that it was other hardware than the key says.
import type { HostFacts } from "../facts.ts";
import { type Finding, type Rule, flagged, invalid } from "./rule.ts";
import { of, percent } from "./words.ts";

/** Of all cores' time over the run. From 1 % on a tenth of it falls into p99's tail … */
const stealMax = 0.01;
/** … in a single slice, a burst that hits the tail alone … */
const stealSliceMax = 0.05;
/** … and with a tenth of the CPU gone the machine is another one. */
const stealRuins = 0.1;
/** Some task waited for a CPU in more than a tenth of the time (PSI `some`). A host of two cores that is busy has that often. */
const pressureMax = 0.1;
/** The agent's own CPU limit stopped it, as a fraction of the time. */
const throttledMax = 0.01;
/** Pages a second read back from swap; a single one now and then is a sleeper waking up. */
const swapInMax = 1;

export const host = {
  name: "host",
  judge: ({ hosts }) =>
    hosts.flatMap((facts) =>
      troubleOf(facts).map(({ level, detail }) => ({
        level,
        detail: of(facts.name, hosts.length, detail),
      })),
    ),
} as const satisfies Rule;

function troubleOf({ health, window }: HostFacts): readonly Finding[] {
  const found: Finding[] = [];
  const steal = health?.hostSteal ?? window?.steal?.mean ?? 0;
  const worst = window?.steal?.worst ?? 0;
  if (steal > stealRuins)
    found.push(
      invalid(
        `${percent(steal)} of its CPU was stolen by the hypervisor, more than ${percent(stealRuins)}`,
      ),
    );
  else if (steal > stealMax)
    found.push(
      flagged(
        `${percent(steal)} of its CPU was stolen by the hypervisor, more than ${percent(stealMax)}`,
      ),
    );
  else if (worst > stealSliceMax)
    found.push(
      flagged(
        `${percent(worst)} of its CPU was stolen in the worst slice, more than ${percent(stealSliceMax)}`,
      ),
    );
  const pressure = health?.hostCpuPressure ?? window?.cpuPressure?.mean ?? 0;
  if (pressure > pressureMax)
    found.push(
      flagged(
        `tasks waited for a CPU in ${percent(pressure)} of the time, more than ${percent(pressureMax)}`,
      ),
    );
  const throttled = window?.throttled?.mean ?? 0;
  if (throttled > throttledMax)
    found.push(
      flagged(
        `its agent was stopped by its CPU limit in ${percent(throttled)} of the time, more than ${percent(throttledMax)}`,
      ),
    );
  const swapIn = window?.swapIn?.mean ?? 0;
  if (swapIn > swapInMax)
    found.push(
      flagged(
        `${Number(swapIn.toPrecision(3))} pages a second came back from swap, more than ${swapInMax}`,
      ),
    );
  return found;
}
