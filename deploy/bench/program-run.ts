// Runs a program to its end and says what it printed and what CPU it took: the kernel's own account, read while it lives.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface ProgramRun {
  readonly stdout: string;
  /** CPU seconds of the process, all its threads, user and system; the last 20 ms may be missing. */
  readonly cpuSeconds: number;
}

const lookMs = 20;
const ticksPerSecond = 100; // USER_HZ, the same on every Linux that Node runs on

/** Rejects when the program cannot be started or exits with anything but 0. */
export function runProgram(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ProgramRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { signal, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    let cpuSeconds = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const looking = setInterval(() => {
      cpuSeconds = cpuSecondsOf(child.pid) ?? cpuSeconds;
    }, lookMs);
    child.once("error", (cause) => {
      clearInterval(looking);
      reject(new Error(`${command} did not run`, { cause }));
    });
    child.once("close", (code) => {
      clearInterval(looking);
      if (code === 0) resolve({ stdout, cpuSeconds });
      else reject(new Error(`${command} exited with ${code}: ${stderr.slice(-2_000)}`));
    });
  });
}

/** utime + stime of proc_pid_stat(5); undefined when the process is gone. */
export function cpuSecondsOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    // It ended between the look and the read.
    return undefined;
  }
}
