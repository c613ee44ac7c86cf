import { machine, type as systemName } from "node:os";
import type { FamilyGroup } from "./family.ts";
import { readLine, readNumber, readWords } from "./text-file.ts";

const statNames = new Map<string, readonly ["counter" | "gauge", string, string]>([
  ["intr", ["counter", "node_intr_total", "Total number of interrupts serviced."]],
  ["ctxt", ["counter", "node_context_switches_total", "Total number of context switches."]],
  ["processes", ["counter", "node_forks_total", "Total number of forks."]],
  ["btime", ["gauge", "node_boot_time_seconds", "Node boot time, in unixtime."]],
  ["procs_running", ["gauge", "node_procs_running", "Number of processes in runnable state."]],
  [
    "procs_blocked",
    ["gauge", "node_procs_blocked", "Number of processes blocked waiting for I/O to complete."],
  ],
]);

export const stat = {
  name: "stat",
  collect(host, out) {
    const lines = readWords(`${host.procRoot}/stat`);
    for (const [word = "", value] of lines) {
      const family = statNames.get(word);
      if (family !== undefined) out.add(...family, Number(value));
    }
    return lines.length > 0;
  },
} as const satisfies FamilyGroup;

export const loadavg = {
  name: "loadavg",
  collect(host, out) {
    const [loads] = readWords(`${host.procRoot}/loadavg`);
    ["1", "5", "15"].forEach((minutes, place) => {
      const help = `${minutes}m load average.`;
      out.add("gauge", `node_load${minutes}`, help, Number(loads?.[place] ?? Number.NaN));
    });
    return loads !== undefined;
  },
} as const satisfies FamilyGroup;

export const filefd = {
  name: "filefd",
  collect(host, out) {
    const [counts] = readWords(`${host.procRoot}/sys/fs/file-nr`);
    const [allocated, , maximum] = counts ?? [];
    const name = "node_filefd";
    out.add(
      "gauge",
      `${name}_allocated`,
      "File descriptor statistics: allocated.",
      Number(allocated),
    );
    out.add("gauge", `${name}_maximum`, "File descriptor statistics: maximum.", Number(maximum));
    return counts !== undefined;
  },
} as const satisfies FamilyGroup;

export const entropy = {
  name: "entropy",
  collect(host, out) {
    const root = `${host.procRoot}/sys/kernel/random`;
    const available = readNumber(`${root}/entropy_avail`);
    out.add("gauge", "node_entropy_available_bits", "Bits of available entropy.", available);
    const size = readNumber(`${root}/poolsize`);
    out.add("gauge", "node_entropy_pool_size_bits", "Bits of entropy pool.", size);
    return !Number.isNaN(available);
  },
} as const satisfies FamilyGroup;

export const uname = {
  name: "uname",
  collect(host, out) {
    const read = (file: string): string => readLine(`${host.procRoot}/sys/kernel/${file}`) ?? "";
    const nodename = read("hostname");
    if (nodename === "") return false;
    const help = "Labeled system information as provided by the uname system call.";
    out.add("gauge", "node_uname_info", help, 1, {
      domainname: read("domainname"),
      machine: machine(),
      nodename,
      release: read("osrelease"),
      sysname: systemName(),
      version: read("version"),
    });
    return true;
  },
} as const satisfies FamilyGroup;

export const time = {
  name: "time",
  collect(host, out) {
    const help = "System time in seconds since epoch (1970).";
    out.add("gauge", "node_time_seconds", help, host.now() / 1_000);
    return true;
  },
} as const satisfies FamilyGroup;
