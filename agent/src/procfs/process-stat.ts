// /proc/<pid>/stat: "11 (node) S 1 …". The name stands in parentheses and may hold blanks, parentheses and newlines itself, so
// what follows is counted from the last closing one. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
import type { Scanner } from "./scanner.ts";

export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  /** One letter: R, S, D, Z, T, I … */
  readonly state: string;
  /** User and system time, USER_HZ ticks. */
  readonly cpuTicks: number;
  readonly threads: number;
  /** When it started, USER_HZ ticks after boot. */
  readonly startTicks: number;
  readonly residentPages: number;
}

const opening = 40;
const closing = 41;

/** `undefined` when the file is no such line (a process may end while it is read). */
export function parseProcessStat(scanner: Scanner): ProcessStat | undefined {
  const { bytes, end } = scanner;
  const pid = scanner.number();
  const from = bytes.indexOf(opening);
  const to = bytes.subarray(0, end).lastIndexOf(closing);
  if (Number.isNaN(pid) || from < 0 || to < from) return undefined;
  scanner.wordStart = from + 1;
  scanner.wordEnd = to;
  const name = scanner.wordText();
  scanner.at = to + 1;
  scanner.word();
  const state = scanner.wordText();
  scanner.skip(10);
  const cpuTicks = scanner.number() + scanner.number();
  scanner.skip(4);
  const threads = scanner.number();
  scanner.skip(1);
  const startTicks = scanner.number();
  scanner.skip(1);
  const residentPages = scanner.number();
  if (Number.isNaN(residentPages)) return undefined;
  return { pid, name, state, cpuTicks, threads, startTicks, residentPages };
}
