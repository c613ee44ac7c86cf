// Everything a run is judged by, gathered beforehand: the rules are pure functions of this.
import type { GeneratorHealth, Run, RunFigures } from "@tidemark/proto";
import type { HostWindow } from "../store/host-window.ts";
import type { Histograms } from "../store/run-histograms.ts";
import type { RunRecord } from "../store/run-row.ts";
import type { TimelineRow } from "../store/run-timeline.ts";
import type { RunEvidence } from "./evidence.ts";

/** A host that generated, or that is known to be the target's. */
export interface HostFacts {
  readonly name: string;
  /** As the generator itself saw it; null where it said nothing, and of a target's host. */
  readonly health: GeneratorHealth | null;
  /** From the samples of its agent; undefined where none have arrived. */
  readonly window: HostWindow | undefined;
  /** What its agent told of a clock that was set, within the run. */
  readonly clockSteps: readonly string[];
}

export interface RunFacts {
  readonly record: RunRecord;
  readonly run: Run;
  /** Of all agents together, over the whole run. */
  readonly histograms: Histograms;
  /** At most `slicesMax`, equally long, in order; what a warm-up sent is in none of them. */
  readonly slices: readonly TimelineRow[];
  readonly hosts: readonly HostFacts[];
  readonly figures: RunFigures;
  /** Earlier runs that count, of the same key, profile and variant but for its release; newest first. */
  readonly history: readonly RunEvidence[];
}

export const slicesMax = 60;
