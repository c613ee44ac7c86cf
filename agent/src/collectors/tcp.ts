// /proc/net/{snmp,netstat,sockstat,sockstat6}: connections, retransmits, what listening sockets refused, and sockets by state.
// Counting states from /proc/net/tcp would cost milliseconds on a busy host; the kernel's own totals cost microseconds.
import type { Labels, MetricName } from "@tidemark/proto";
import { type ColumnReader, wantedColumns } from "../procfs/columns.ts";
import { type KeptFile, keepFile } from "../procfs/kept-file.ts";
import type { Scanner } from "../procfs/scanner.ts";
import type { Collector, Host, Sink, Slot } from "./collector.ts";

const colon = 58;

interface Wanted {
  /** Columns whose sum is the value. */
  readonly columns: readonly string[];
  readonly metric: MetricName;
  readonly labels?: Labels;
}

const snmp: readonly Wanted[] = [
  { columns: ["Tcp.CurrEstab"], metric: "system.network.tcp.established" },
  {
    columns: ["Tcp.ActiveOpens"],
    metric: "system.network.tcp.opens",
    labels: { "network.connection.open": "active" },
  },
  {
    columns: ["Tcp.PassiveOpens"],
    metric: "system.network.tcp.opens",
    labels: { "network.connection.open": "passive" },
  },
  {
    columns: ["Tcp.InSegs"],
    metric: "system.network.tcp.segments",
    labels: { "network.io.direction": "receive" },
  },
  {
    columns: ["Tcp.OutSegs"],
    metric: "system.network.tcp.segments",
    labels: { "network.io.direction": "transmit" },
  },
  { columns: ["Tcp.RetransSegs"], metric: "system.network.tcp.retransmits" },
  { columns: ["Tcp.OutRsts"], metric: "system.network.tcp.resets" },
  {
    // InErrors counts full receive buffers and bad checksums too; the send side counts its full buffers apart.
    columns: ["Udp.InErrors", "Udp.SndbufErrors"],
    metric: "system.network.udp.errors",
  },
];

const netstat: readonly Wanted[] = [
  { columns: ["TcpExt.ListenOverflows"], metric: "system.network.tcp.listen_overflows" },
  { columns: ["TcpExt.ListenDrops"], metric: "system.network.tcp.listen_drops" },
];

export const tcp = {
  name: "tcp",
  everySeconds: 1,
  open(host, sink) {
    const parts = [
      openColumns(`${host.procRoot}/net/snmp`, snmp, sink),
      openColumns(`${host.procRoot}/net/netstat`, netstat, sink),
      openSockets(host, sink),
    ].filter((part) => part !== undefined);
    if (parts.length === 0) return undefined;
    return {
      read() {
        for (const part of parts) part.read();
      },
      close() {
        for (const part of parts) part.close();
      },
    };
  },
} as const satisfies Collector;

interface Part {
  read(): void;
  close(): void;
}

function openColumns(path: string, wanted: readonly Wanted[], sink: Sink): Part | undefined {
  const file = keepFile(path);
  if (file === undefined) return undefined;
  const names = wanted.flatMap((one) => one.columns);
  const readColumns: ColumnReader = wantedColumns(names);
  const values = new Float64Array(names.length);
  const slots = wanted.map((one) => sink.add(one.metric, one.labels));
  return {
    read() {
      readColumns(file.read(), values);
      let place = 0;
      for (let index = 0; index < wanted.length; index += 1) {
        let sum = 0;
        const width = wanted[index]?.columns.length ?? 0;
        for (let column = 0; column < width; column += 1) sum += values[place++] ?? Number.NaN;
        sink.set(slots[index] ?? -1, sum);
      }
    },
    close: file.close,
  };
}

/** sockstat counts IPv4 sockets, sockstat6 those of IPv6; orphans and time-waits of both stand in sockstat alone. */
function openSockets(host: Host, sink: Sink): Part | undefined {
  const four = keepFile(`${host.procRoot}/net/sockstat`);
  if (four === undefined) return undefined;
  const six = keepFile(`${host.procRoot}/net/sockstat6`);
  const add = (transport: string, state: string): Slot =>
    sink.add("system.network.sockets", {
      "network.transport": transport,
      "network.connection.state": state,
    });
  const tcpInUse = add("tcp", "in_use");
  const tcpOrphan = add("tcp", "orphan");
  const tcpTimeWait = add("tcp", "time_wait");
  const udpInUse = add("udp", "in_use");
  const counts: SocketCounts = { tcp: 0, udp: 0, orphan: Number.NaN, timeWait: Number.NaN };
  return {
    read() {
      counts.tcp = 0;
      counts.udp = 0;
      addSockets(four, counts);
      if (six !== undefined) addSockets(six, counts);
      sink.set(tcpInUse, counts.tcp);
      sink.set(tcpOrphan, counts.orphan);
      sink.set(tcpTimeWait, counts.timeWait);
      sink.set(udpInUse, counts.udp);
    },
    close() {
      four.close();
      six?.close();
    },
  };
}

interface SocketCounts {
  tcp: number;
  udp: number;
  orphan: number;
  timeWait: number;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const tcpWords = [encode("TCP"), encode("TCP6")];
const udpWords = [encode("UDP"), encode("UDP6")];
const orphanWord = encode("orphan");

/** "TCP: inuse 3 orphan 0 tw 2 alloc 5 mem 1", "TCP6: inuse 2". */
function addSockets(file: KeptFile, counts: SocketCounts): void {
  const scanner = file.read();
  for (; !scanner.done; scanner.nextLine()) {
    scanner.word(colon);
    if (isAny(scanner, udpWords)) {
      scanner.word();
      counts.udp += scanner.number();
    } else if (isAny(scanner, tcpWords)) {
      scanner.word();
      counts.tcp += scanner.number();
      if (!scanner.word() || !scanner.wordIs(orphanWord)) continue;
      counts.orphan = scanner.number();
      scanner.word();
      counts.timeWait = scanner.number();
    }
  }
}

function isAny(scanner: Scanner, words: readonly Uint8Array[]): boolean {
  for (const word of words) if (scanner.wordIs(word)) return true;
  return false;
}
