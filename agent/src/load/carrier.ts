// What carries a plan out: worker threads of our own, or a program that is installed on the host. The run around it holds the
// lease, the deadline and the kill switch, and makes the one final of what the carrier reports.
import type { GeneratorHealth, LoadPlan, Share, Source } from "@tidemark/proto";
import type { Endpoint } from "./drivers/driver.ts";
import type { Delta } from "./generator/recorder.ts";

/** Everything a carrier needs; it can be handed to another thread. */
export interface Assignment {
  readonly run: string;
  readonly plan: LoadPlan;
  /** This agent's part of the run. */
  readonly share: Share;
  readonly endpoint: Endpoint;
  readonly secrets: Readonly<Record<string, string>>;
  /** Where the host's policy stands, for what a redirect leads to; without it redirects stay at the endpoint. */
  readonly policyFile: string | undefined;
  /** What the policy leaves the run, requests/s of all workers together: a closed loop is held to it. Without it to nothing. */
  readonly ratePerSecondMax: number | undefined;
  /** Unix ms at which request 0 is due, that of the warm-up where there is one; at once without it. */
  readonly startAtMs: number | undefined;
}

/** What a carrier says: intervals while it runs, one end. */
export type CarrierReport =
  | IntervalReport
  | {
      readonly kind: "ended";
      /** True when the whole planned duration passed. */
      readonly whole: boolean;
      /** Why it ended by itself before that; empty otherwise. */
      readonly cause: string;
      readonly unsent: number;
      readonly inFlight: number;
      readonly health: GeneratorHealth;
      readonly source: Source;
      readonly remarks: readonly string[];
    };

/** One reported stretch of the run. */
export interface IntervalReport {
  readonly kind: "interval";
  /** Unix ms by the host's clock. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly backlog: number;
  readonly inFlight: number;
  /** CPU that generating took meanwhile, as a fraction of one core: of all workers, or of the program. */
  readonly threadCpu: number;
  readonly delta: Delta;
}

export interface CarrierEvents {
  /** An interval's delta is read within this call: its memory is used again. */
  report(report: CarrierReport): void;
  /** It is gone without an end; `cause` in words. */
  failed(cause: string): void;
}

export interface Carrier {
  /** Asks it to end soon and to report what it has. */
  stop(): void;
  /** Resolves when nothing of it is left. */
  terminate(): Promise<void>;
}

/** Never throws: what goes wrong is told by `failed`. */
export type StartCarrier = (assignment: Assignment, events: CarrierEvents) => Carrier;

/** Of a generator that could not say how it fared. */
export const unknownHealth: GeneratorHealth = {
  threadCpu: 0,
  processCpu: 0,
  eventLoopDelayP99Ms: 0,
  eventLoopDelayMaxMs: 0,
  gcPauseMs: 0,
  latenessP99Micros: 0,
  latenessMaxMicros: 0,
  hostCpu: null,
  hostSteal: null,
  hostCpuPressure: null,
};
