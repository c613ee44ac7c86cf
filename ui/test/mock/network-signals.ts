// What a mock host measures of its network: interfaces, TCP, sockets.
import type { Labels, MetricName } from "@tidemark/proto";
import { rateAt, stallAt } from "./levels.ts";
import { busy, seedOf, smooth } from "./noise.ts";

const mib = 2 ** 20;

export type AddSignal = (
  metric: MetricName,
  unit: string,
  labels: Labels,
  at: (seconds: number) => number,
) => void;

export function addNetworkSignals(seed: number, gauge: AddSignal, rate: AddSignal): void {
  for (const name of ["eth0", "docker0", "lo"])
    for (const direction of ["receive", "transmit"]) {
      const labels = { "network.interface.name": name, "network.io.direction": direction };
      const own = seedOf(name + direction) + seed;
      const scale = name === "eth0" ? 6 : 0.8;
      rate("system.network.io", "By", labels, (t) => rateAt(own, t, scale * mib));
      rate("system.network.packet.count", "{packet}", labels, (t) => rateAt(own, t, scale * 900));
      rate("system.network.errors", "{error}", labels, () => 0);
      rate("system.network.packet.dropped", "{packet}", labels, (t) =>
        name === "eth0" ? stallAt(own, t, 2) : 0,
      );
    }

  gauge("system.network.tcp.established", "{connection}", {}, (t) =>
    Math.round(40 + 160 * busy(seed + 50, t)),
  );
  rate(
    "system.network.tcp.opens",
    "{connection}",
    { "network.connection.open": "active" },
    (t) => 3 + 10 * busy(seed + 51, t),
  );
  rate(
    "system.network.tcp.opens",
    "{connection}",
    { "network.connection.open": "passive" },
    (t) => 6 + 30 * busy(seed + 52, t),
  );
  rate(
    "system.network.tcp.segments",
    "{segment}",
    { "network.io.direction": "receive" },
    (t) => 4_000 * busy(seed + 53, t),
  );
  rate(
    "system.network.tcp.segments",
    "{segment}",
    { "network.io.direction": "transmit" },
    (t) => 5_200 * busy(seed + 54, t),
  );
  rate("system.network.tcp.retransmits", "{segment}", {}, (t) => stallAt(seed + 55, t, 6));
  rate("system.network.tcp.resets", "{segment}", {}, (t) => stallAt(seed + 56, t, 3));
  rate("system.network.tcp.listen_overflows", "{connection}", {}, () => 0);
  rate("system.network.tcp.listen_drops", "{connection}", {}, () => 0);
  rate("system.network.udp.errors", "{datagram}", {}, () => 0);
  const sockets = [
    ["tcp", "in_use", 210],
    ["tcp", "time_wait", 64],
    ["tcp", "orphan", 2],
    ["udp", "in_use", 18],
  ] as const;
  for (const [transport, state, count] of sockets)
    gauge(
      "system.network.sockets",
      "{socket}",
      { "network.transport": transport, "network.connection.state": state },
      (t) => Math.round(count * (0.8 + 0.4 * smooth(seedOf(state) + seed, t, 70))),
    );
}
