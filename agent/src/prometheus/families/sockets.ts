import type { FamilyGroup } from "./family.ts";
import { readNumber, readWords } from "./text-file.ts";

/** As node_exporter picks them by default. */
const netstatFields =
  /^(?:.*_(?:InErrors|InErrs)|Ip_Forwarding|Ip(?:6|Ext)_(?:InOctets|OutOctets)|Icmp6?_(?:InMsgs|OutMsgs)|TcpExt_(?:Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue)|Tcp_(?:ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(?:InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$/;

export const netstat = {
  name: "netstat",
  collect(host, out) {
    const fields = [
      ...pairs(readWords(`${host.procRoot}/net/netstat`)),
      ...pairs(readWords(`${host.procRoot}/net/snmp`)),
      ...readWords(`${host.procRoot}/net/snmp6`).map(splitSnmp6),
    ];
    for (const [protocol, name, value] of fields) {
      if (!netstatFields.test(`${protocol}_${name}`)) continue;
      const help = `Statistic ${protocol}${name}.`;
      out.add("untyped", `node_netstat_${protocol}_${name}`, help, Number(value));
    }
    return fields.length > 0;
  },
} as const satisfies FamilyGroup;

type NetstatField = readonly [protocol: string, name: string, value: string];

/** "Tcp: InSegs …" over "Tcp: 12 …". */
function pairs(lines: readonly (readonly string[])[]): readonly NetstatField[] {
  const fields: NetstatField[] = [];
  for (let line = 0; line + 1 < lines.length; line += 2) {
    const [protocol = "", ...names] = lines[line] ?? [];
    const [, ...values] = lines[line + 1] ?? [];
    names.forEach((name, place) => {
      fields.push([protocol.replace(":", ""), name, values[place] ?? ""]);
    });
  }
  return fields;
}

/** "Ip6InOctets 12", "UdpLite6InErrors 0". */
function splitSnmp6([key = "", value = ""]: readonly string[]): NetstatField {
  const six = key.indexOf("6");
  return [key.slice(0, six + 1), key.slice(six + 1), value];
}

export const sockstat = {
  name: "sockstat",
  collect(host, out) {
    const lines = ["sockstat", "sockstat6"].flatMap((file) =>
      readWords(`${host.procRoot}/net/${file}`),
    );
    for (const [word = "", ...rest] of lines) {
      const protocol = word.replace(":", "");
      for (let place = 0; place + 1 < rest.length; place += 2) {
        const name = `${protocol}_${rest[place]}`;
        const value = Number(rest[place + 1]);
        const help =
          protocol === "sockets"
            ? "Number of IPv4 sockets in use."
            : `Number of ${protocol} sockets in state ${rest[place]}.`;
        out.add("gauge", `node_sockstat_${name}`, help, value);
        if (rest[place] !== "mem") continue;
        const bytes = value * host.pageBytes;
        out.add("gauge", `node_sockstat_${name}_bytes`, help, bytes);
      }
    }
    return lines.length > 0;
  },
} as const satisfies FamilyGroup;

const softnetFields = [
  ["processed", 0, "Number of processed packets"],
  ["dropped", 1, "Number of dropped packets"],
  ["times_squeezed", 2, "Number of times processing packets ran out of quota"],
] as const;

export const softnet = {
  name: "softnet",
  collect(host, out) {
    // One line a CPU, in hexadecimal.
    const lines = readWords(`${host.procRoot}/net/softnet_stat`);
    lines.forEach((words, cpu) => {
      for (const [name, place, help] of softnetFields) {
        const value = Number.parseInt(words[place] ?? "", 16);
        out.add("counter", `node_softnet_${name}_total`, help, value, { cpu: String(cpu) });
      }
    });
    return lines.length > 0;
  },
} as const satisfies FamilyGroup;

export const conntrack = {
  name: "conntrack",
  collect(host, out) {
    const root = `${host.procRoot}/sys/net/netfilter`;
    const count = readNumber(`${root}/nf_conntrack_count`);
    const help = "Number of currently allocated flow entries for connection tracking.";
    out.add("gauge", "node_nf_conntrack_entries", help, count);
    const max = readNumber(`${root}/nf_conntrack_max`);
    const maxHelp = "Maximum size of connection tracking table.";
    out.add("gauge", "node_nf_conntrack_entries_limit", maxHelp, max);
    return !Number.isNaN(count);
  },
} as const satisfies FamilyGroup;
