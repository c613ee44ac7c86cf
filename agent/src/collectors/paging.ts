// /proc/vmstat: page faults, swapping and the out-of-memory killer.
import { keepFile } from "../procfs/kept-file.ts";
import { wantedKeys } from "../procfs/keys.ts";
import type { Collector } from "./collector.ts";

const keys = wantedKeys(["pgfault", "pgmajfault", "pswpin", "pswpout", "oom_kill"]);

export const paging = {
  name: "paging",
  everySeconds: 1,
  open(host, sink) {
    const file = keepFile(`${host.procRoot}/vmstat`);
    if (file === undefined) return undefined;
    const minor = sink.add("system.paging.faults", { "system.paging.fault.type": "minor" });
    const major = sink.add("system.paging.faults", { "system.paging.fault.type": "major" });
    const pagedIn = sink.add("system.paging.operations", { "system.paging.direction": "in" });
    const pagedOut = sink.add("system.paging.operations", { "system.paging.direction": "out" });
    const oomKills = sink.add("system.memory.oom_kills");
    const values = new Float64Array(keys.length);
    return {
      read() {
        keys.readLines(file.read(), values);
        const [all = Number.NaN, majorFaults = Number.NaN] = values;
        sink.set(minor, all - majorFaults);
        sink.set(major, majorFaults);
        sink.set(pagedIn, values[2] ?? Number.NaN);
        sink.set(pagedOut, values[3] ?? Number.NaN);
        sink.set(oomKills, values[4] ?? Number.NaN);
      },
      close: file.close,
    };
  },
} as const satisfies Collector;
