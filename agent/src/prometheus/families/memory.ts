import type { FamilyGroup } from "./family.ts";
import { readWords } from "./text-file.ts";

export const meminfo = {
  name: "meminfo",
  collect(host, out) {
    const lines = readWords(`${host.procRoot}/meminfo`);
    for (const [key = "", value, unit] of lines) {
      // "Active(anon):  12 kB" is Active_anon_bytes; numbers without a unit are counts.
      const field = key.replace(/:$/, "").replace(/\((.*)\)/, "_$1");
      const name = unit === "kB" ? `${field}_bytes` : field;
      const scale = unit === "kB" ? 1_024 : 1;
      const help = `Memory information field ${name}.`;
      out.add("gauge", `node_memory_${name}`, help, Number(value) * scale);
    }
    return lines.length > 0;
  },
} as const satisfies FamilyGroup;

const vmstatFields = /^(?:oom_kill|pgpg.*|pswp.*|pg.*fault.*)$/;

export const vmstat = {
  name: "vmstat",
  collect(host, out) {
    const lines = readWords(`${host.procRoot}/vmstat`);
    for (const [key = "", value] of lines) {
      if (!vmstatFields.test(key)) continue;
      out.add(
        "untyped",
        `node_vmstat_${key}`,
        `/proc/vmstat information field ${key}.`,
        Number(value),
      );
    }
    return lines.length > 0;
  },
} as const satisfies FamilyGroup;

const stalls = [
  ["cpu", "some", "cpu_waiting", "processes have waited for CPU time"],
  ["io", "some", "io_waiting", "processes have waited due to IO congestion"],
  ["io", "full", "io_stalled", "no process could make progress due to IO congestion"],
  ["memory", "some", "memory_waiting", "processes have waited for memory"],
  ["memory", "full", "memory_stalled", "no process could make progress due to memory congestion"],
] as const;

export const pressure = {
  name: "pressure",
  collect(host, out) {
    let seen = false;
    for (const [resource, kind, name, what] of stalls) {
      const lines = readWords(`${host.procRoot}/pressure/${resource}`);
      const total = lines.find(([word]) => word === kind)?.at(-1);
      if (total === undefined) continue;
      seen = true;
      const seconds = Number(total.slice("total=".length)) / 1_000_000;
      const help = `Total time in seconds that ${what}`;
      out.add("counter", `node_pressure_${name}_seconds_total`, help, seconds);
    }
    return seen;
  },
} as const satisfies FamilyGroup;
