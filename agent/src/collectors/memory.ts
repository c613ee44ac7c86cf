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
    const swap = keepSwap((name) =>
      sink.add("system.paging.usage", { "system.paging.state": name }),
    );
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
        sink.set(cached, bytes(4) + bytes(10));
        sink.set(dirty, bytes(8));
        sink.set(slab, bytes(9));
        sink.set(shared, bytes(11));
        const swapTotal = bytes(5);
        if (!(swapTotal > 0)) return;
        const slots = swap();
        sink.set(slots.free, bytes(6));
        sink.set(slots.cached, bytes(7));
        sink.set(slots.used, swapTotal - bytes(6) - bytes(7));
      },
      close: file.close,
    };
  },
} as const satisfies Collector;

/** A host without swap has no swap series; swap may be added while the agent runs. */
function keepSwap(add: (name: string) => Slot): () => { used: Slot; free: Slot; cached: Slot } {
  let slots: { used: Slot; free: Slot; cached: Slot } | undefined;
  return () => {
    slots ??= { used: add("used"), free: add("free"), cached: add("cached") };
    return slots;
  };
}
