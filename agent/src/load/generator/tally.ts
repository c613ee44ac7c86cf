// What is counted and what is not: a request that was due before the run proper began belongs to the warm-up, whenever it is
// answered.
import { Recorder } from "./recorder.ts";

export class Tally {
  readonly counted = new Recorder();
  /** Of the warm-up; never read. */
  readonly uncounted: Recorder;
  /** Since when requests count, on the generator's clock. */
  fromMs = Number.POSITIVE_INFINITY;

  constructor({ hasWarmup }: { readonly hasWarmup: boolean }) {
    this.uncounted = hasWarmup ? new Recorder() : this.counted;
  }

  counts(intendedMs: number): boolean {
    return intendedMs >= this.fromMs;
  }

  of(intendedMs: number): Recorder {
    return intendedMs >= this.fromMs ? this.counted : this.uncounted;
  }
}
