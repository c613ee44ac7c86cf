// What the carrier needs from an installed load generator: how to know it, how to call it, what its output means. Pure; the
// program itself is run by the carrier, once, for all of them.
import type { Histogram, LoadPlan, Source } from "@tidemark/proto";
import type { Assignment, IntervalReport } from "../carrier.ts";

/** A module of the registry. */
export interface Program {
  readonly detection: Detection;
  /** Why it cannot honour a plan that the capability table lets pass; undefined when it can. */
  check(plan: LoadPlan): string | undefined;
  /** Throws PlanRejected for what a request cannot hold. */
  command(assignment: Assignment): Command;
  /** Makes intervals of what it wrote; throws OutputRejected, which names the line or the field. */
  parse(
    output: ProgramOutput,
    assignment: Assignment,
    report: (interval: IntervalReport) => void,
  ): Promise<Measured>;
}

/** How to find it out among what is installed. */
export interface Detection {
  /** Names of its executable, tried in turn along the PATH. */
  readonly executables: readonly string[];
  readonly versionArguments: readonly string[];
  /** Its version in what it says to these; undefined when it is another program of the same name. */
  versionIn(said: string): string | undefined;
  /** How a person gets it. */
  readonly install: string;
}

export interface Command {
  readonly args: readonly string[];
  /** Written with mode 0600 to the folder it runs in, and gone with it. Nothing secret stands in `args`, which every user can read. */
  readonly files: Readonly<Record<string, string | Buffer>>;
}

/** What is left of a program that has ended. */
export interface ProgramOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Whether it was told to stop before its time. */
  readonly isStopped: boolean;
  /** Unix ms. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Lines of a file in its folder; none when there is no such file. */
  lines(name: string): AsyncIterable<string>;
}

/** What the intervals do not say. */
export interface Measured {
  readonly source: Pick<Source, "exact" | "relativeErrorMax">;
  readonly unsent: number;
  readonly inFlight: number;
  /** How late requests left though nothing held them up, where the program lets it be known. */
  readonly ownLateness?: Histogram;
  readonly remarks: readonly string[];
}

/** A program wrote what it should not have; `message` names the line or the field. */
export class OutputRejected extends Error {
  override readonly name = "OutputRejected";
}
