// The real host behind the collectors: its clocks, its programs, and the units /proc counts in.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { endianness } from "node:os";
import type { CollectorOptions, Host, SelfReadings } from "../collectors/collector.ts";
import { isAbsent } from "../procfs/kept-file.ts";
import { createMountProbe } from "../procfs/mount-probe.ts";

/** What a program may print before it is killed. */
const outputBytesMax = 1_048_576;

export interface HostPaths {
  readonly procRoot: string;
  readonly sysRoot: string;
  /** "/" or where the host's root is mounted. */
  readonly hostRoot: string;
}

export function realHost(
  paths: HostPaths,
  options: CollectorOptions,
  self: () => SelfReadings,
): Omit<Host, "sampling"> {
  return {
    ...paths,
    options,
    ...kernelUnits(),
    now: Date.now,
    monotonicMs: () => performance.now(),
    askMount: createMountProbe((path) => statfs(path)),
    run,
    self,
  };
}

function run(program: string, args: readonly string[], timeoutMs: number): Promise<string> {
  // A fixed locale keeps the output parseable; no other variable of ours is a program's business.
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
  const limits = { timeout: timeoutMs, maxBuffer: outputBytesMax, killSignal: "SIGKILL" } as const;
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { ...limits, env, encoding: "utf8" }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}

/** AT_PAGESZ and AT_CLKTCK from the auxiliary vector (getauxval(3)); Node has neither getpagesize nor sysconf. */
function kernelUnits(): { ticksPerSecond: number; pageBytes: number } {
  const pageSizeTag = 6n;
  const clockTickTag = 17n;
  const found = { pageBytes: 4_096, ticksPerSecond: 100 };
  const vector = auxiliaryVector();
  const little = endianness() === "LE";
  for (let at = 0; at + 16 <= vector.byteLength; at += 16) {
    const tag = vector.getBigUint64(at, little);
    const value = Number(vector.getBigUint64(at + 8, little));
    if (tag === pageSizeTag) found.pageBytes = value;
    if (tag === clockTickTag) found.ticksPerSecond = value;
  }
  return found;
}

function auxiliaryVector(): DataView {
  try {
    const bytes = readFileSync("/proc/self/auxv");
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (cause) {
    if (isAbsent(cause)) return new DataView(new ArrayBuffer(0));
    throw cause;
  }
}
