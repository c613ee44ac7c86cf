// What changes slowly and belongs to the kernel as a whole: time since boot and open file handles.
// file-nr sums per-CPU counters and costs as much as four other files, so it is not read every second.
import { keepFile } from "../procfs/kept-file.ts";
import type { Collector } from "./collector.ts";

export const kernel = {
  name: "kernel",
  everySeconds: 10,
  open(host, sink) {
    const uptime = keepFile(`${host.procRoot}/uptime`);
    const handles = keepFile(`${host.procRoot}/sys/fs/file-nr`);
    if (uptime === undefined && handles === undefined) return undefined;
    const uptimeSlot = sink.add("system.uptime");
    const handlesSlot = sink.add("system.linux.file_handles");
    return {
      read() {
        if (uptime !== undefined) sink.set(uptimeSlot, uptime.read().number());
        if (handles !== undefined) sink.set(handlesSlot, handles.read().number());
      },
      close() {
        uptime?.close();
        handles?.close();
      },
    };
  },
} as const satisfies Collector;
