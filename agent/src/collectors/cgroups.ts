// cgroup v2: CPU, memory, IO and throttling of services and containers. Short-lived ones are not followed: a group must be
// there in two searches, so that timers and one-shot jobs do not change the series table. https://docs.kernel.org/admin-guide/cgroup-v2.html
import { scanFile } from "../procfs/kept-file.ts";
import { wantedKeys } from "../procfs/keys.ts";
import { type Cgroup, findCgroups, mountPointOf } from "../procfs/cgroups.ts";
import type { Collector, Sink, Slot } from "./collector.ts";

/** Groups come and go slowly; they are looked for in every third read. */
const readsPerSearch = 3;

const cpuKeys = wantedKeys(["usage_usec", "throttled_usec"]);
const memoryKeys = wantedKeys(["anon"]);
const equals = 61;
const rbytes = new TextEncoder().encode("rbytes");
const wbytes = new TextEncoder().encode("wbytes");

interface Followed {
  readonly group: Cgroup;
  readonly slots: Readonly<Record<Reading, Slot>>;
}

type Reading =
  | "cpuTime"
  | "throttled"
  | "memory"
  | "limit"
  | "anonymous"
  | "processes"
  | "read"
  | "written";

export const cgroups = {
  name: "cgroups",
  everySeconds: 10,
  open(host, sink) {
    const root = mountPointOf(host.sysRoot);
    if (root === undefined) return undefined;
    const followed = new Map<string, Followed>();
    let candidates: ReadonlySet<string> = new Set();
    let leftOut = 0;
    let reads = 0;

    const search = (): void => {
      const found = findCgroups(root);
      const paths = new Set(found.map((group) => group.path));
      for (const [path, one] of followed) {
        if (paths.has(path)) continue;
        Object.values(one.slots).forEach(sink.remove);
        followed.delete(path);
      }
      leftOut = 0;
      for (const group of found) {
        // What is there when the agent starts has been there before.
        const isNew = reads > 0 && !candidates.has(group.path);
        if (followed.has(group.path) || isNew) continue;
        if (followed.size >= host.options.cgroupsMax) leftOut += 1;
        else followed.set(group.path, follow(group, sink));
      }
      candidates = paths;
    };

    return {
      read() {
        if (reads % readsPerSearch === 0) search();
        reads += 1;
        if (leftOut > 0)
          sink.leaveOut("bound", `${leftOut} services and containers past ${followed.size}`);
        for (const one of followed.values()) readGroup(`${root}${one.group.path}`, one.slots, sink);
      },
      close() {
        followed.clear();
      },
    };
  },
} as const satisfies Collector;

function follow(group: Cgroup, sink: Sink): Followed {
  const labels = { "cgroup.name": group.name, "cgroup.kind": group.kind };
  const io = (direction: string): Slot =>
    sink.add("container.disk.io", { ...labels, "disk.io.direction": direction });
  return {
    group,
    slots: {
      cpuTime: sink.add("container.cpu.time", labels),
      throttled: sink.add("container.cpu.throttled", labels),
      memory: sink.add("container.memory.usage", labels),
      limit: sink.add("container.memory.limit", labels),
      anonymous: sink.add("container.memory.rss", labels),
      processes: sink.add("container.process.count", labels),
      read: io("read"),
      written: io("write"),
    },
  };
}

const values = new Float64Array(2);

/** A group has only the controllers its parent hands down: a file that is not there says nothing. */
function readGroup(directory: string, slots: Followed["slots"], sink: Sink): void {
  const cpu = scanFile(`${directory}/cpu.stat`);
  if (cpu !== undefined) {
    cpuKeys.readLines(cpu, values);
    sink.set(slots.cpuTime, (values[0] ?? Number.NaN) / 1_000_000);
    sink.set(slots.throttled, (values[1] ?? Number.NaN) / 1_000_000);
  }
  const memory = scanFile(`${directory}/memory.stat`);
  if (memory !== undefined) {
    memoryKeys.readLines(memory, values);
    sink.set(slots.anonymous, values[0] ?? Number.NaN);
  }
  const setNumber = (file: string, slot: Slot): void => {
    sink.set(slot, scanFile(`${directory}/${file}`)?.number() ?? Number.NaN);
  };
  setNumber("memory.current", slots.memory);
  // "max" is no number: a group without a limit has no such series.
  setNumber("memory.max", slots.limit);
  setNumber("pids.current", slots.processes);
  readIo(directory, slots, sink);
}

/** "8:0 rbytes=1459200 wbytes=314773504 rios=192 …", a line a device; an empty file means no IO yet. */
function readIo(directory: string, slots: Followed["slots"], sink: Sink): void {
  const scanner = scanFile(`${directory}/io.stat`);
  if (scanner === undefined) return;
  let read = 0;
  let written = 0;
  for (; !scanner.done; scanner.nextLine()) {
    scanner.word();
    while (scanner.word(equals)) {
      if (scanner.wordIs(rbytes)) read += scanner.number();
      else if (scanner.wordIs(wbytes)) written += scanner.number();
      else scanner.number();
    }
  }
  sink.set(slots.read, read);
  sink.set(slots.written, written);
}
