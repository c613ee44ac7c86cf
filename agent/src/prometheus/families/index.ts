// Every group of families there is, under the names of node_exporter's collectors.
import { cpu, cpufreq } from "./cpu.ts";
import { diskstats, filesystem } from "./disk.ts";
import type { FamilyGroup } from "./family.ts";
import { hwmon } from "./hwmon.ts";
import { entropy, filefd, loadavg, stat, time, uname } from "./kernel.ts";
import { meminfo, pressure, vmstat } from "./memory.ts";
import { arp, netclass, netdev } from "./network.ts";
import { conntrack, netstat, sockstat, softnet } from "./sockets.ts";
import { systemd } from "./systemd.ts";

export const familyGroups = [
  arp,
  conntrack,
  cpu,
  cpufreq,
  diskstats,
  entropy,
  filefd,
  filesystem,
  hwmon,
  loadavg,
  meminfo,
  netclass,
  netdev,
  netstat,
  pressure,
  sockstat,
  softnet,
  stat,
  systemd,
  time,
  uname,
  vmstat,
] as const satisfies readonly FamilyGroup[];
