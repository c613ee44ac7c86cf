import type { FamilyGroup } from "./family.ts";
import { listDirectory, readLine, readNumber, readWords } from "./text-file.ts";

/** The sixteen columns of /proc/net/dev. */
const columns = [
  ...["bytes", "packets", "errs", "drop", "fifo", "frame", "compressed", "multicast"].map(
    (column) => `receive_${column}`,
  ),
  ...["bytes", "packets", "errs", "drop", "fifo", "colls", "carrier", "compressed"].map(
    (column) => `transmit_${column}`,
  ),
];

export const netdev = {
  name: "netdev",
  collect(host, out) {
    const lines = readWords(`${host.procRoot}/net/dev`).slice(2);
    for (const words of lines) {
      // "eth0:123 4": a number may follow the colon at once.
      const [device = "", ...values] = words.join(" ").split(/[: ]+/);
      columns.forEach((column, place) => {
        const help = `Network device statistic ${column}.`;
        const value = Number(values[place] ?? Number.NaN);
        out.add("counter", `node_network_${column}_total`, help, value, { device });
      });
    }
    return lines.length > 0;
  },
} as const satisfies FamilyGroup;

/** Files of /sys/class/net/<device> that are one number each. */
const attributes = [
  ["carrier", "gauge", "carrier"],
  ["carrier_changes", "counter", "carrier_changes_total"],
  ["carrier_up_count", "counter", "carrier_up_changes_total"],
  ["carrier_down_count", "counter", "carrier_down_changes_total"],
  ["dormant", "gauge", "dormant"],
  ["flags", "gauge", "flags"],
  ["ifindex", "gauge", "iface_id"],
  ["iflink", "gauge", "iface_link"],
  ["link_mode", "gauge", "iface_link_mode"],
  ["mtu", "gauge", "mtu_bytes"],
  ["tx_queue_len", "gauge", "transmit_queue_length"],
  ["type", "gauge", "protocol_type"],
] as const;

export const netclass = {
  name: "netclass",
  collect(host, out) {
    const root = `${host.sysRoot}/class/net`;
    const devices = listDirectory(root).filter((device) => device !== "bonding_masters");
    for (const device of devices) {
      const read = (file: string): string => readLine(`${root}/${device}/${file}`) ?? "";
      for (const [file, type, name] of attributes) {
        const help = `Network device property: ${name}`;
        out.add(type, `node_network_${name}`, help, readNumber(`${root}/${device}/${file}`), {
          device,
        });
      }
      const up = read("operstate") === "up" ? 1 : 0;
      out.add("gauge", "node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.", up, {
        device,
      });
      const megabits = readNumber(`${root}/${device}/speed`);
      // A device that is down says -1.
      const speed = megabits >= 0 ? (megabits * 1_000_000) / 8 : Number.NaN;
      const speedHelp = "Network device property: speed_bytes";
      out.add("gauge", "node_network_speed_bytes", speedHelp, speed, { device });
      out.add("gauge", "node_network_info", "Non-numeric data of the device.", 1, {
        address: read("address"),
        broadcast: read("broadcast"),
        device,
        duplex: read("duplex"),
        ifalias: read("ifalias"),
        operstate: read("operstate"),
      });
    }
    return devices.length > 0;
  },
} as const satisfies FamilyGroup;

export const arp = {
  name: "arp",
  collect(host, out) {
    const lines = readWords(`${host.procRoot}/net/arp`);
    const counts = new Map<string, number>();
    for (const words of lines.slice(1)) {
      const device = words.at(-1) ?? "";
      counts.set(device, (counts.get(device) ?? 0) + 1);
    }
    for (const [device, count] of counts)
      out.add("gauge", "node_arp_entries", "ARP entries by device", count, { device });
    return lines.length > 0;
  },
} as const satisfies FamilyGroup;
