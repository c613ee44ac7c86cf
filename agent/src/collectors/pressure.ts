// /proc/pressure (PSI): time in which work stood still for want of CPU, memory or IO. Absent on kernels built or booted without it.
// "some avg10=0.05 avg60=0.27 avg300=0.14 total=8937095", total in microseconds. https://docs.kernel.org/accounting/psi.html
import type { MetricName } from "@tidemark/proto";
import { type KeptFile, keepFile } from "../procfs/kept-file.ts";
import type { Collector, Slot } from "./collector.ts";

const equals = 61;

/** "full" has no meaning for the CPU of a whole host (the kernel prints zeros), so it is not read. */
const resources = [
  { file: "cpu", metric: "system.cpu.linux.pressure.total", kinds: ["some"] },
  { file: "memory", metric: "system.memory.linux.pressure.total", kinds: ["some", "full"] },
  { file: "io", metric: "system.io.linux.pressure.total", kinds: ["some", "full"] },
] as const satisfies readonly { file: string; metric: MetricName; kinds: readonly string[] }[];

export const pressure = {
  name: "pressure",
  everySeconds: 1,
  open(host, sink) {
    const opened: { file: KeptFile; slots: readonly Slot[] }[] = [];
    for (const { file: name, metric, kinds } of resources) {
      const file = keepFile(`${host.procRoot}/pressure/${name}`);
      if (file === undefined) continue;
      const slots = kinds.map((kind) => sink.add(metric, { "system.pressure.stall_type": kind }));
      opened.push({ file, slots });
    }
    if (opened.length === 0) return undefined;
    return {
      read() {
        for (const { file, slots } of opened) {
          const scanner = file.read();
          // The lines stand in the order of `kinds`: some, full.
          for (const slot of slots) {
            scanner.skip(4);
            scanner.word(equals);
            sink.set(slot, scanner.number() / 1_000_000);
            scanner.nextLine();
          }
        }
      },
      close() {
        for (const { file } of opened) file.close();
      },
    };
  },
} as const satisfies Collector;
