// Recorded output of real load generators (fixtures/generators), as the drivers get it.
import { readFileSync } from "node:fs";
import {
  Histogram,
  type InstalledDriver,
  type LoadPlan,
  addCounts,
  emptyCounts,
} from "@tidemark/proto";
import type { Assignment, IntervalReport } from "../src/load/carrier.ts";
import { restore } from "../src/load/generator/histogram-slice.ts";
import type { Delta } from "../src/load/generator/recorder.ts";
import { programs } from "../src/load/programs/index.ts";
import { type Measured, OutputRejected, type ProgramOutput } from "../src/load/programs/program.ts";
import { assignmentOf, planFor } from "./generated.ts";

export interface Recording {
  readonly program: InstalledDriver;
  readonly plan: Partial<LoadPlan>;
  readonly isStopped: boolean;
  readonly exitCode: number | null;
  readonly requestsSeen: number;
  readonly elapsedMs: number;
  readonly stdout: string;
  readonly stderr: string;
  /** fortio's access log. */
  readonly calls?: string;
}

export function readFixture(path: string): string {
  return readFileSync(new URL(`fixtures/generators/${path}`, import.meta.url), "utf8");
}

export function readRecording(program: InstalledDriver, name: string): Recording {
  const recording: Recording = JSON.parse(readFixture(`${program}/${name}.json`));
  return recording;
}

export interface Parsed {
  readonly measured: Measured;
  readonly intervals: readonly IntervalReport[];
  /** Sums of the intervals. */
  readonly counts: Delta["counts"];
  readonly response: Histogram;
  readonly service: Histogram;
  readonly lateness: Histogram;
}

/** Parses a recording as its driver does; rejects with OutputRejected. */
export async function parseRecording(recording: Recording): Promise<Parsed> {
  const intervals: IntervalReport[] = [];
  const measured = await programs[recording.program].parse(
    outputOf(recording),
    assignmentFor(recording),
    (interval) => intervals.push(interval),
  );
  const sum = (basis: keyof Delta["histograms"]) => {
    const all = new Histogram();
    const one = new Histogram();
    for (const { delta } of intervals) {
      restore(one, delta.histograms[basis]);
      all.merge(one);
    }
    return all;
  };
  return {
    measured,
    intervals,
    counts: intervals.reduce((all, { delta }) => addCounts(all, delta.counts), emptyCounts()),
    response: sum("response"),
    service: sum("service"),
    lateness: sum("lateness"),
  };
}

/** Why a recording is refused; throws when it is not, or by anything else than OutputRejected. */
export async function rejectionOf(recording: Recording): Promise<string> {
  try {
    await parseRecording(recording);
  } catch (cause) {
    if (cause instanceof OutputRejected) return cause.message;
    throw cause;
  }
  throw new Error("it was not refused");
}

export function assignmentFor({ plan }: Recording): Assignment {
  return { ...assignmentOf(planFor(8_080, plan)), run: "01ARZ3NDEKTSV4RRFFQ69G5FAV" };
}

function outputOf(recording: Recording): ProgramOutput {
  const { stdout, stderr, exitCode, isStopped, calls, elapsedMs } = recording;
  const startedAtMs = 1_700_000_000_000;
  return {
    stdout,
    stderr,
    exitCode,
    isStopped,
    startedAtMs,
    endedAtMs: startedAtMs + elapsedMs,
    async *lines() {
      if (calls !== undefined) yield* calls.replace(/\n$/, "").split("\n");
    },
  };
}
