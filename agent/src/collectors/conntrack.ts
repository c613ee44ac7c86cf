// The connection tracking table of netfilter; a host without the module has none. A full table drops new connections.
import { keepFile } from "../procfs/kept-file.ts";
import type { Collector } from "./collector.ts";

export const conntrack = {
  name: "conntrack",
  everySeconds: 1,
  open(host, sink) {
    const count = keepFile(`${host.procRoot}/sys/net/netfilter/nf_conntrack_count`);
    const max = keepFile(`${host.procRoot}/sys/net/netfilter/nf_conntrack_max`);
    if (count === undefined || max === undefined) return undefined;
    const countSlot = sink.add("system.network.conntrack.count");
    const maxSlot = sink.add("system.network.conntrack.max");
    return {
      read() {
        sink.set(countSlot, count.read().number());
        sink.set(maxSlot, max.read().number());
      },
      close() {
        count.close();
        max.close();
      },
    };
  },
} as const satisfies Collector;
