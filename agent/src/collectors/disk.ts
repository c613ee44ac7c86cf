// /proc/diskstats: bytes, operations, time and queue of every block device. Sectors are 512 bytes whatever the device says.
// https://docs.kernel.org/admin-guide/iostats.html
import type { MetricName } from "@tidemark/proto";
import { keepFile } from "../procfs/kept-file.ts";
import { keepRows } from "../procfs/rows.ts";
import type { Collector, Sink, Slot } from "./collector.ts";

/** Fields 4 … 14 of a line, in order, with what one unit of each is worth in the metric's own. */
const columns = [
  { metric: "system.disk.operations", direction: "read", scale: 1 },
  { metric: "system.disk.merged", direction: "read", scale: 1 },
  { metric: "system.disk.io", direction: "read", scale: 512 },
  { metric: "system.disk.operation_time", direction: "read", scale: 0.001 },
  { metric: "system.disk.operations", direction: "write", scale: 1 },
  { metric: "system.disk.merged", direction: "write", scale: 1 },
  { metric: "system.disk.io", direction: "write", scale: 512 },
  { metric: "system.disk.operation_time", direction: "write", scale: 0.001 },
  { metric: "system.disk.pending_operations", direction: undefined, scale: 1 },
  { metric: "system.disk.io_time", direction: undefined, scale: 0.001 },
  { metric: "system.disk.weighted_io_time", direction: undefined, scale: 0.001 },
] as const satisfies readonly {
  metric: MetricName;
  direction: string | undefined;
  scale: number;
}[];

export const disk = {
  name: "disk",
  everySeconds: 1,
  open(host, sink) {
    const file = keepFile(`${host.procRoot}/diskstats`);
    if (file === undefined) return undefined;
    const devices = keepRows<readonly Slot[]>(
      (name) => (host.options.ignoredDisks.test(name) ? undefined : addDevice(sink, name)),
      (slots) => slots.forEach(sink.remove),
    );
    return {
      read() {
        const scanner = file.read();
        devices.begin();
        for (; !scanner.done; scanner.nextLine()) {
          scanner.skip(2);
          if (!scanner.word()) continue;
          const slots = devices.row(scanner);
          if (slots === undefined) continue;
          for (let column = 0; column < columns.length; column += 1)
            sink.set(slots[column] ?? -1, scanner.number() * (columns[column]?.scale ?? 1));
        }
        devices.end();
      },
      close: file.close,
    };
  },
} as const satisfies Collector;

function addDevice(sink: Sink, name: string): readonly Slot[] {
  return columns.map(({ metric, direction }) =>
    sink.add(metric, {
      "system.device": name,
      ...(direction === undefined ? {} : { "disk.io.direction": direction }),
    }),
  );
}
