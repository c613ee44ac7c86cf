// /proc/stat: CPU time by mode over all cores, how busy each core is, and what the scheduler counts.
// https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat
import { keepFile } from "../procfs/kept-file.ts";
import { wantedKeys } from "../procfs/keys.ts";
import { keepRows } from "../procfs/rows.ts";
import type { Scanner } from "../procfs/scanner.ts";
import type { Collector, Slot } from "./collector.ts";

/** user nice system idle iowait irq softirq steal; guest time is already within user and nice. */
const fields = 8;
const idle = 3;
const iowait = 4;
const modes = ["user", "nice", "system", "idle", "iowait", "interrupt", "steal"] as const;

const cpuWord = new TextEncoder().encode("cpu");
const counters = wantedKeys(["ctxt", "intr", "processes", "procs_running", "procs_blocked"]);

/** Busy and all ticks of one core at the last read. */
interface Core {
  readonly slot: Slot;
  readonly busyness: Busyness;
}

export const cpu = {
  name: "cpu",
  everySeconds: 1,
  open(host, sink) {
    const file = keepFile(`${host.procRoot}/stat`);
    if (file === undefined) return undefined;
    const modeSlots = modes.map((mode) => sink.add("system.cpu.time", { "cpu.mode": mode }));
    const utilization = sink.add("system.cpu.utilization");
    const coreCount = sink.add("system.cpu.logical.count");
    const counterSlots = [
      sink.add("system.cpu.context_switches"),
      sink.add("system.cpu.interrupts"),
      sink.add("system.process.created"),
      sink.add("system.process.runnable"),
      sink.add("system.process.blocked"),
    ];
    const ticks = new Float64Array(fields);
    const whole = createBusyness();
    const cores = keepRows<Core>(
      (name) => ({
        slot: sink.add("system.cpu.core.utilization", { "cpu.logical_number": name.slice(3) }),
        busyness: createBusyness(),
      }),
      (core) => sink.remove(core.slot),
    );

    const setModes = (): void => {
      for (let mode = 0; mode < modes.length; mode += 1) {
        const value = mode < 5 ? ticks[mode] : mode === 5 ? interruptTicks(ticks) : ticks[7];
        sink.set(modeSlots[mode] ?? -1, (value ?? Number.NaN) / host.ticksPerSecond);
      }
    };

    return {
      read() {
        const scanner = file.read();
        let count = 0;
        cores.begin();
        for (; !scanner.done; scanner.nextLine()) {
          scanner.word();
          if (!scanner.wordStartsWith(cpuWord)) {
            const place = counters.placeOf(scanner);
            if (place >= 0) sink.set(counterSlots[place] ?? -1, scanner.number());
            continue;
          }
          if (scanner.wordIs(cpuWord)) {
            readTicks(scanner, ticks);
            setModes();
            sink.set(utilization, whole.update(ticks));
            continue;
          }
          count += 1;
          const core = cores.row(scanner);
          readTicks(scanner, ticks);
          if (core !== undefined) sink.set(core.slot, core.busyness.update(ticks));
        }
        cores.end();
        sink.set(coreCount, count);
      },
      close: file.close,
    };
  },
} as const satisfies Collector;

interface Busyness {
  /** Busy fraction since the last call; NaN at the first and whenever the counters went back. */
  update(ticks: Float64Array): number;
}

function createBusyness(): Busyness {
  let lastBusy = Number.NaN;
  let lastAll = Number.NaN;
  return {
    update(ticks) {
      let all = 0;
      // Old kernels end their lines early (no steal before 2.6.11): what is not there adds nothing.
      for (const value of ticks) if (value >= 0) all += value;
      const busy = all - (ticks[idle] ?? 0) - (ticks[iowait] ?? 0);
      const fraction = (busy - lastBusy) / (all - lastAll);
      lastBusy = busy;
      lastAll = all;
      // iowait is an estimate that may shrink, which moves the fraction a little past its ends.
      return fraction > -0.1 && fraction < 1.1 ? Math.min(1, Math.max(0, fraction)) : Number.NaN;
    },
  };
}

function readTicks(scanner: Scanner, ticks: Float64Array): void {
  for (let field = 0; field < fields; field += 1) ticks[field] = scanner.number();
}

function interruptTicks(ticks: Float64Array): number {
  return (ticks[5] ?? Number.NaN) + (ticks[6] ?? Number.NaN);
}
