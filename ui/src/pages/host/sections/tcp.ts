import { lineColour } from "../../../charts/colour-names.ts";
import { drawn, highest, lineOf, linesBy, pick, single } from "../../../charts/view.ts";
import type { Section } from "../section.ts";

const socketLinesMax = 8;

export const tcp: Section = {
  id: "tcp",
  title: "TCP and sockets",
  expected: 6,
  absent: "This host reports nothing about TCP.",
  metrics: [
    "system.network.tcp.established",
    "system.network.tcp.opens",
    "system.network.tcp.segments",
    "system.network.tcp.retransmits",
    "system.network.tcp.resets",
    "system.network.tcp.listen_overflows",
    "system.network.tcp.listen_drops",
    "system.network.udp.errors",
    "system.network.sockets",
    "system.network.conntrack.count",
    "system.network.conntrack.max",
  ],
  charts: (frame) =>
    drawn(
      {
        key: "established",
        title: "Established connections",
        unit: "count",
        lines: single(frame, "system.network.tcp.established", "established", "line-1", {
          filled: true,
        }),
      },
      {
        key: "opens",
        title: "Connections opened",
        unit: "rate",
        lines: linesBy(frame, "system.network.tcp.opens", "network.connection.open", [
          "active",
          "passive",
        ]),
      },
      {
        key: "segments",
        title: "Segments",
        unit: "rate",
        lines: linesBy(frame, "system.network.tcp.segments", "network.io.direction", [
          "receive",
          "transmit",
        ]),
      },
      {
        key: "trouble",
        title: "Retransmits and resets",
        unit: "rate",
        lines: [
          ...single(frame, "system.network.tcp.retransmits", "retransmits", "line-2"),
          ...single(frame, "system.network.tcp.resets", "resets", "line-7"),
        ],
      },
      {
        key: "listen",
        title: "Refused and lost on arrival",
        help: "Accept queues that were full, connections dropped while listening, UDP datagrams lost",
        unit: "rate",
        lines: [
          ...single(frame, "system.network.tcp.listen_overflows", "queue full", "line-2"),
          ...single(frame, "system.network.tcp.listen_drops", "dropped", "line-7"),
          ...single(frame, "system.network.udp.errors", "UDP lost", "line-4"),
        ],
      },
      {
        key: "sockets",
        title: "Sockets",
        unit: "count",
        lines: highest(
          pick(frame, "system.network.sockets").map((series, index) =>
            lineOf(
              series,
              `${series.labels["network.transport"] ?? ""} ${series.labels["network.connection.state"] ?? ""}`.trim(),
              lineColour(index),
            ),
          ),
          socketLinesMax,
        ),
      },
      {
        key: "conntrack",
        title: "Connection tracking",
        unit: "count",
        lines: [
          ...single(frame, "system.network.conntrack.count", "entries", "line-1", { filled: true }),
          ...single(frame, "system.network.conntrack.max", "limit", "line-8", { dashed: true }),
        ],
      },
    ),
};
