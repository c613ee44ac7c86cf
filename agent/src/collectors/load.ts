// /proc/loadavg: "0.20 0.18 0.12 1/80 11206", the fourth field being runnable and existing threads.
import { keepFile } from "../procfs/kept-file.ts";
import type { Collector } from "./collector.ts";

const slash = 47;

export const load = {
  name: "load",
  everySeconds: 1,
  open(host, sink) {
    const file = keepFile(`${host.procRoot}/loadavg`);
    if (file === undefined) return undefined;
    const one = sink.add("system.cpu.load_average.1m");
    const five = sink.add("system.cpu.load_average.5m");
    const fifteen = sink.add("system.cpu.load_average.15m");
    const threads = sink.add("system.process.threads");
    return {
      read() {
        const scanner = file.read();
        sink.set(one, scanner.number());
        sink.set(five, scanner.number());
        sink.set(fifteen, scanner.number());
        scanner.word(slash);
        sink.set(threads, scanner.number());
      },
      close: file.close,
    };
  },
} as const satisfies Collector;
