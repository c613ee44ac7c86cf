import { listDirectory, readNumber, readWords } from "./text-file.ts";
import type { FamilyGroup } from "./family.ts";

const modes = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"] as const;

export const cpu = {
  name: "cpu",
  collect(host, out) {
    let seen = false;
    for (const [word = "", ...ticks] of readWords(`${host.procRoot}/stat`)) {
      const match = /^cpu(\d+)$/.exec(word);
      if (match === null) continue;
      seen = true;
      const labels = (mode: string) => ({ cpu: match[1] ?? "", mode });
      const seconds = (place: number): number =>
        Number(ticks[place] ?? Number.NaN) / host.ticksPerSecond;
      const help = "Seconds the CPUs spent in each mode.";
      modes.forEach((mode, place) => {
        out.add("counter", "node_cpu_seconds_total", help, seconds(place), labels(mode));
      });
      ["user", "nice"].forEach((mode, place) => {
        const guestHelp = "Seconds the CPUs spent in guests (VMs) for each mode.";
        const value = seconds(8 + place);
        out.add("counter", "node_cpu_guest_seconds_total", guestHelp, value, labels(mode));
      });
    }
    return seen;
  },
} as const satisfies FamilyGroup;

/** Files are in kHz. */
const frequencies = [
  ["node_cpu_scaling_frequency_hertz", "scaling_cur_freq", "Current scaled CPU thread frequency."],
  [
    "node_cpu_scaling_frequency_max_hertz",
    "scaling_max_freq",
    "Maximum scaled CPU thread frequency.",
  ],
  [
    "node_cpu_scaling_frequency_min_hertz",
    "scaling_min_freq",
    "Minimum scaled CPU thread frequency.",
  ],
] as const;

export const cpufreq = {
  name: "cpufreq",
  collect(host, out) {
    const root = `${host.sysRoot}/devices/system/cpu`;
    const cpus = listDirectory(root).filter((name) => /^cpu\d+$/.test(name));
    let seen = false;
    for (const name of cpus) {
      for (const [family, file, help] of frequencies) {
        const hertz = readNumber(`${root}/${name}/cpufreq/${file}`) * 1_000;
        if (!Number.isNaN(hertz)) seen = true;
        out.add("gauge", family, help, hertz, { cpu: name.slice(3) });
      }
    }
    return seen;
  },
} as const satisfies FamilyGroup;
