// /proc/net/dev: bytes, packets, errors and drops of every interface.
import type { MetricName } from "@tidemark/proto";
import { keepFile } from "../procfs/kept-file.ts";
import { keepRows } from "../procfs/rows.ts";
import type { Collector, Sink, Slot } from "./collector.ts";

const colon = 58;

/** The sixteen numbers behind an interface's name; those that are not shipped have no metric. */
const columns = (["receive", "transmit"] as const).flatMap((direction) => [
  { metric: "system.network.io", direction },
  { metric: "system.network.packet.count", direction },
  { metric: "system.network.errors", direction },
  { metric: "system.network.packet.dropped", direction },
  // fifo, frame or collisions, compressed or carrier, multicast or compressed
  ...Array.from({ length: 4 }, () => ({ metric: undefined, direction })),
]) satisfies readonly { metric: MetricName | undefined; direction: string }[];

export const network = {
  name: "network",
  everySeconds: 1,
  open(host, sink) {
    const file = keepFile(`${host.procRoot}/net/dev`);
    if (file === undefined) return undefined;
    const interfaces = keepRows<readonly (Slot | undefined)[]>(
      (name) => (host.options.ignoredInterfaces.test(name) ? undefined : addInterface(sink, name)),
      (slots) => slots.forEach((slot) => slot !== undefined && sink.remove(slot)),
    );
    return {
      read() {
        const scanner = file.read();
        scanner.nextLine();
        scanner.nextLine();
        interfaces.begin();
        for (; !scanner.done; scanner.nextLine()) {
          if (!scanner.word(colon)) continue;
          const slots = interfaces.row(scanner);
          if (slots === undefined) continue;
          for (const slot of slots) {
            const value = scanner.number();
            if (slot !== undefined) sink.set(slot, value);
          }
        }
        interfaces.end();
      },
      close: file.close,
    };
  },
} as const satisfies Collector;

function addInterface(sink: Sink, name: string): readonly (Slot | undefined)[] {
  return columns.map(({ metric, direction }) =>
    metric === undefined
      ? undefined
      : sink.add(metric, {
          "network.interface.name": name,
          "network.io.direction": direction,
        }),
  );
}
