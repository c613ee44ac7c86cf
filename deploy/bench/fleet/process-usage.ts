// What the kernel says a process has cost: proc_pid_stat(5), proc_pid_status(5), proc_pid_smaps_rollup, and the scheduler's own
// account of its threads (Documentation/scheduler/sched-stats).
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

export interface ProcessUsage {
  /** User and system time of all its threads, those that ended too. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  readonly peakRssBytes: number;
  /** Pages that nobody else has: what the machine would get back. */
  readonly privateBytes: number;
  readonly anonBytes: number;
}

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

export function usageOf(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may hold anything; utime and stime are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return {
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond,
    rssBytes: kilobytes(status, "VmRSS"),
    peakRssBytes: kilobytes(status, "VmHWM"),
    privateBytes: kilobytes(rollup, "Private_Dirty"),
    anonBytes: kilobytes(status, "RssAnon"),
  };
}

/**
 * Time on a CPU of the threads that live, ms, to the nanosecond. The ticks of proc_pid_stat are 10 ms each: a program that works
 * for two milliseconds of every second is counted by chance. For programs whose threads stay.
 */
export function threadsMsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ");
    return sum + Number(nanoseconds) / 1e6;
  }, 0);
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? Number.NaN) * 1_024;
}
