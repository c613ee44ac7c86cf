// Every process by state, and the busiest and largest of them as an event: a series a process would make the series table
// change all the time. One pass over /proc/<pid>/stat, in slices, so that thousands of processes never hold up a tick.
import { readdir } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { ProcessRow } from "@tidemark/proto";
import { scanFile } from "../procfs/kept-file.ts";
import { type ProcessStat, parseProcessStat } from "../procfs/process-stat.ts";
import { readUsers } from "../procfs/users.ts";
import { safeText } from "../procfs/safe-text.ts";
import type { Collector, Host, Sink, Slot } from "./collector.ts";

/** Processes looked at before other work gets its turn: about two milliseconds. */
const sliceProcesses = 100;
/** Processes looked at in all. */
const processesMax = 20_000;
/** As many as an event may list. */
const rowsMax = 50;

/** The words of OpenTelemetry's host metrics. */
const states = new Map([
  ["R", "running"],
  ["S", "sleeping"],
  ["D", "blocked"],
  ["Z", "zombies"],
  ["T", "stopped"],
  ["t", "stopped"],
  ["I", "idle"],
]);

/** A process from one pass to the next. */
interface Seen {
  stat: ProcessStat;
  /** USER_HZ ticks used since the pass before; NaN when it was not there. */
  usedTicks: number;
  pass: number;
}

export const processes = {
  name: "processes",
  everySeconds: 10,
  open(host, sink) {
    if (scanFile(`${host.procRoot}/self/stat`) === undefined) return undefined;
    const slots = new Map<string, Slot>();
    for (const state of new Set(states.values()))
      slots.set(state, sink.add("system.process.count", { "process.state": state }));
    const seen = new Map<number, Seen>();
    let pass = 0;
    let passMs = Number.NaN;
    return {
      async read() {
        pass += 1;
        const startMs = host.monotonicMs();
        await look(host, seen, pass, sink);
        for (const [state, count] of countStates(seen)) {
          const slot = slots.get(state);
          if (slot !== undefined) sink.set(slot, count);
        }
        const elapsedSeconds = (startMs - passMs) / 1_000;
        passMs = startMs;
        // The first pass knows no CPU use, so there is nothing to rank by yet.
        if (elapsedSeconds > 0 && host.options.topProcesses > 0)
          sink.event({
            kind: "processes",
            atMs: host.now(),
            ...topOf([...seen.values()], host, elapsedSeconds),
          });
      },
      close() {
        seen.clear();
      },
    };
  },
} as const satisfies Collector;

async function look(host: Host, seen: Map<number, Seen>, pass: number, sink: Sink): Promise<void> {
  const pids = (await readdir(host.procRoot)).filter((name) => /^\d+$/.test(name)).map(Number);
  if (pids.length > processesMax)
    sink.leaveOut("bound", `${pids.length - processesMax} of ${pids.length} processes`);
  let inSlice = 0;
  for (const pid of pids.slice(0, processesMax)) {
    inSlice += 1;
    if (inSlice % sliceProcesses === 0) await setImmediate();
    // A process may end between the listing and the look: then it is none.
    const file = scanFile(`${host.procRoot}/${pid}/stat`);
    const stat = file === undefined ? undefined : parseProcessStat(file);
    if (stat !== undefined) remember(seen, pid, stat, pass);
  }
  for (const [pid, one] of seen) if (one.pass !== pass) seen.delete(pid);
}

function remember(seen: Map<number, Seen>, pid: number, stat: ProcessStat, pass: number): void {
  const known = seen.get(pid);
  // The start time tells a process from an earlier one with its number.
  if (known === undefined || known.stat.startTicks !== stat.startTicks) {
    seen.set(pid, { stat, usedTicks: Number.NaN, pass });
    return;
  }
  known.usedTicks = Math.max(0, stat.cpuTicks - known.stat.cpuTicks);
  known.stat = stat;
  known.pass = pass;
}

function countStates(seen: ReadonlyMap<number, Seen>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const state of states.values()) counts.set(state, 0);
  for (const { stat } of seen.values()) {
    const state = states.get(stat.state);
    if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

/** The `topProcesses` first by CPU used since the last pass, and by resident memory. */
function topOf(
  all: readonly Seen[],
  host: Host,
  elapsedSeconds: number,
): { byCpu: ProcessRow[]; byMemory: ProcessRow[] } {
  const count = Math.min(host.options.topProcesses, rowsMax);
  const uptimeSeconds = scanFile(`${host.procRoot}/uptime`)?.number() ?? Number.NaN;
  const users = readUsers(host.hostRoot);
  const rowOf = ({ stat, usedTicks }: Seen): ProcessRow => ({
    pid: stat.pid,
    name: safeText(stat.name, 64),
    user: safeText(users.nameOf(ownerOf(host, stat.pid)), 64),
    cpu: usedTicks / host.ticksPerSecond / elapsedSeconds,
    residentBytes: stat.residentPages * host.pageBytes,
    threads: stat.threads,
    ageSeconds: Math.max(0, uptimeSeconds - stat.startTicks / host.ticksPerSecond || 0),
  });
  const measured = all.filter((one) => one.usedTicks > 0);
  const resident = all.filter((one) => one.stat.residentPages > 0);
  return {
    byCpu: largest(measured, count, (one) => one.usedTicks).map(rowOf),
    byMemory: largest(resident, count, (one) => one.stat.residentPages).map((one) =>
      rowOf({ ...one, usedTicks: one.usedTicks || 0 }),
    ),
  };
}

function largest(all: readonly Seen[], count: number, by: (one: Seen) => number): readonly Seen[] {
  return all.toSorted((a, b) => by(b) - by(a) || a.stat.pid - b.stat.pid).slice(0, count);
}

/** The real user id; `undefined` when the process has ended. */
function ownerOf(host: Host, pid: number): number | undefined {
  const status = scanFile(`${host.procRoot}/${pid}/status`)?.text();
  const match = status === undefined ? null : /^Uid:\s+(\d+)/m.exec(status);
  return match === null ? undefined : Number(match[1]);
}
