// The sampler part: a timer that always aims at the next whole second.
import type { SamplingReadings } from "../collectors/collector.ts";
import { type SamplingDeps, createSampling } from "./sampling.ts";

export interface Sampler {
  /** Ships the partial batch and stops; no tick comes after. */
  readonly stop: () => void;
  /** How the sampling does, for logs and the agent's own /metrics. */
  readonly readings: () => SamplingReadings;
}

/** A backward step could ask for a wait of hours: the clocks are looked at this often anyway, so that it is noticed. */
const waitMsMax = 60_000;

export function startSampler(deps: SamplingDeps): Sampler {
  const sampling = createSampling(deps);
  let timer: NodeJS.Timeout | undefined;
  const step = (): void => {
    timer = setTimeout(step, Math.min(sampling.step(), waitMsMax));
  };
  step();
  return {
    stop() {
      clearTimeout(timer);
      sampling.close();
    },
    readings: sampling.readings,
  };
}
