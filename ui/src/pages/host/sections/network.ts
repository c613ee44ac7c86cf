import { drawn, total, valuesOf } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

const interfacesMax = 12;

export const network: Section = {
  id: "network",
  title: "Network",
  expected: 3,
  absent: "This host reports no network interfaces.",
  metrics: [
    "system.network.io",
    "system.network.packet.count",
    "system.network.errors",
    "system.network.packet.dropped",
  ],
  charts: (frame) =>
    valuesOf(frame, "system.network.io", "network.interface.name")
      .slice(0, interfacesMax)
      .flatMap((name) => {
        const of = { "network.interface.name": name };
        const receive = { ...of, "network.io.direction": "receive" };
        const transmit = { ...of, "network.io.direction": "transmit" };
        const mirrored = (metric: string) => [
          ...total(frame, metric, receive, "receive", "line-1", { filled: true }),
          ...total(frame, metric, transmit, "transmit", "line-2", { filled: true, down: true }),
        ];
        return drawn(
          {
            key: `${name} bytes`,
            title: `${name}: traffic`,
            help: "Received upwards, transmitted downwards",
            unit: "byteRate",
            lines: mirrored("system.network.io"),
          },
          {
            key: `${name} packets`,
            title: `${name}: packets`,
            unit: "rate",
            lines: mirrored("system.network.packet.count"),
          },
          {
            key: `${name} faults`,
            title: `${name}: errors and drops`,
            unit: "rate",
            lines: [
              ...total(frame, "system.network.errors", receive, "errors in", "line-7"),
              ...total(frame, "system.network.errors", transmit, "errors out", "line-2"),
              ...total(frame, "system.network.packet.dropped", receive, "drops in", "line-4"),
              ...total(frame, "system.network.packet.dropped", transmit, "drops out", "line-6"),
            ],
          },
        );
      }),
};
