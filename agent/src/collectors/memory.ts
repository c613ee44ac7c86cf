// /proc/meminfo: memory and swap by state. "used" is what is not available, as the OpenTelemetry conventions define it.
// https://docs.kernel.org/filesystems/proc.html#meminfo
import { keepFile } from "../procfs/kept-file.ts";
import { wantedKeys } from "../procfs/keys.ts";
import type { Collector, Slot } from "./collector.ts";

const keys = wantedKeys([
  "MemTotal",
  "MemFree",
  "MemAvailable",
  "Buffers",
  "Cached",
  "SwapTotal",
  "SwapFree",
  "SwapCached",
  "Dirty",
  "Slab",
  "SReclaimable",
  "Shmem",
]);

export const memory = {
  name: "memory",
  everySeconds: 1,
  open(host, sink) {
    const file = keepFile(`${host.procRoot}/meminfo`);
    if (file === undefined) return undefined;
    const state = (name: string): Slot =>
      sink.add("system.memory.usage", { "system.memory.state": name });
    const used = state("used");
    const free = state("free");
    const cached = state("cached");
    const buffers = state("buffers");
    const utilization = sink.add("system.memory.utilization");
    const limit = sink.add("system.memory.limit");
    const available = sink.add("system.memory.linux.available");
    const dirty = sink.add("system.memory.linux.dirty");
    const slab = sink.add("system.memory.linux.slab");
    const shared = sink.add("system.memory.linux.shared");
    const swap = (name: string): Slot =>
      sink.add("system.paging.usage", { "system.paging.state": name });
    const swapUsed = swap("used");
    const swapFree = swap("free");
    const swapCached = swap("cached");
    const kib = new Float64Array(keys.length);
    return {
      read() {
        keys.readLines(file.read(), kib);
        const bytes = (place: number): number => (kib[place] ?? Number.NaN) * 1_024;
        const total = bytes(0);
        sink.set(limit, total);
        sink.set(free, bytes(1));
        // MemAvailable came with Linux 3.14; before it nothing honest can be said about "used".
        sink.set(available, bytes(2));
        sink.set(used, total - bytes(2));
        sink.set(utilization, (total - bytes(2)) / total);
        sink.set(buffers, bytes(3));
        // Reclaimable slab is cache to the conventions; old kernels count no slab apart.
        sink.set(cached, bytes(4) + (bytes(10) || 0));
        sink.set(dirty, bytes(8));
        sink.set(slab, bytes(9));
        sink.set(shared, bytes(11));
        const swapTotal = bytes(5);
        // A host without swap has no swap series.
        if (!(swapTotal > 0)) return;
        sink.set(swapFree, bytes(6));
        sink.set(swapCached, bytes(7));
        sink.set(swapUsed, swapTotal - bytes(6) - bytes(7));
      },
      close: file.close,
    };
  },
} as const satisfies Collector;
