// What else the host does while a generator runs on it: CPU in use and stolen, and how long tasks waited for a CPU.
// https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat, …/accounting/psi.html
import { readFileSync } from "node:fs";

/** Totals since the host started; undefined where the host does not tell. */
export interface HostTotals {
  /** Ticks of all cores together. */
  readonly cpu:
    | { readonly used: number; readonly stolen: number; readonly all: number }
    | undefined;
  /** Time in which some task waited for a CPU, µs. */
  readonly pressureMicros: number | undefined;
}

export interface HostUse {
  readonly hostCpu: number | null;
  readonly hostSteal: number | null;
  readonly hostCpuPressure: number | null;
}

/** Reads both files; a host without one of them, as any that is no Linux, leaves it out. */
export function readHostTotals(procRoot = "/proc"): HostTotals {
  return {
    cpu: cpuOf(textOf(`${procRoot}/stat`)),
    pressureMicros: pressureOf(textOf(`${procRoot}/pressure/cpu`)),
  };
}

/** From one reading to a later one, `elapsedMs` apart. */
export function hostUse(before: HostTotals, after: HostTotals, elapsedMs: number): HostUse {
  const all = (after.cpu?.all ?? 0) - (before.cpu?.all ?? 0);
  const of = (which: "used" | "stolen") =>
    before.cpu === undefined || after.cpu === undefined || all <= 0
      ? null
      : fraction(after.cpu[which] - before.cpu[which], all);
  const waited =
    before.pressureMicros === undefined || after.pressureMicros === undefined || elapsedMs <= 0
      ? null
      : fraction(after.pressureMicros - before.pressureMicros, elapsedMs * 1_000);
  return { hostCpu: of("used"), hostSteal: of("stolen"), hostCpuPressure: waited };
}

/** Counters of a virtual machine may step back, and clocks differ by a tick. */
function fraction(part: number, whole: number): number {
  return Math.min(1, Math.max(0, part / whole));
}

function cpuOf(stat: string): HostTotals["cpu"] {
  const [, fields] = /^cpu +([\d ]+)$/m.exec(stat) ?? [];
  if (fields === undefined) return undefined;
  // Guest time is already within user and nice.
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] =
    fields.split(" ").map(Number);
  const used = user + nice + system + irq + softirq;
  return { used, stolen: steal, all: used + idle + iowait + steal };
}

function pressureOf(text: string): number | undefined {
  const [, total] = /^some .*\btotal=(\d+)/m.exec(text) ?? [];
  return total === undefined ? undefined : Number(total);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (cause) {
    // Absent, or a kernel feature switched off: PSI then refuses the read.
    if (cause instanceof Error && "code" in cause) return "";
    throw cause;
  }
}
