import { readMounts } from "../../procfs/mounts.ts";
import type { FamilyGroup } from "./family.ts";
import { readWords } from "./text-file.ts";

/** As node_exporter leaves them out by default. */
const ignoredDevices = /^(?:ram|loop|fd|(?:h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$/;

/** Fields 4 … 20 of a line: name, what one unit is worth, help. Those past the kernel's line are left out. */
const fields = [
  ["reads_completed_total", 1, "The total number of reads completed successfully."],
  ["reads_merged_total", 1, "The total number of reads merged."],
  ["read_bytes_total", 512, "The total number of bytes read successfully."],
  ["read_time_seconds_total", 0.001, "The total number of seconds spent by all reads."],
  ["writes_completed_total", 1, "The total number of writes completed successfully."],
  ["writes_merged_total", 1, "The number of writes merged."],
  ["written_bytes_total", 512, "The total number of bytes written successfully."],
  ["write_time_seconds_total", 0.001, "This is the total number of seconds spent by all writes."],
  ["io_now", 1, "The number of I/Os currently in progress."],
  ["io_time_seconds_total", 0.001, "Total seconds spent doing I/Os."],
  ["io_time_weighted_seconds_total", 0.001, "The weighted # of seconds spent doing I/Os."],
  ["discards_completed_total", 1, "The total number of discards completed successfully."],
  ["discards_merged_total", 1, "The total number of discards merged."],
  ["discarded_sectors_total", 1, "The total number of sectors discarded successfully."],
  [
    "discard_time_seconds_total",
    0.001,
    "This is the total number of seconds spent by all discards.",
  ],
  ["flush_requests_total", 1, "The total number of flush requests completed successfully"],
  [
    "flush_requests_time_seconds_total",
    0.001,
    "This is the total number of seconds spent by all flush requests.",
  ],
] as const;

export const diskstats = {
  name: "diskstats",
  collect(host, out) {
    const lines = readWords(`${host.procRoot}/diskstats`);
    for (const [, , device = "", ...values] of lines) {
      if (ignoredDevices.test(device)) continue;
      fields.forEach(([name, scale, help], place) => {
        const value = values[place];
        if (value === undefined) return;
        const type = name === "io_now" ? "gauge" : "counter";
        out.add(type, `node_disk_${name}`, help, scaled(Number(value), scale), { device });
      });
    }
    return lines.length > 0;
  },
} as const satisfies FamilyGroup;

/** Dividing by 1000 keeps 18.408 from becoming 18.408000000000001. */
const scaled = (value: number, scale: number): number =>
  scale < 1 ? value / (1 / scale) : value * scale;

/** As node_exporter leaves them out by default. */
const ignoredTypes =
  /^(?:autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tracefs)$/;
const ignoredMounts =
  /^\/(?:dev|proc|run\/credentials\/.+|sys|var\/lib\/docker\/.+|var\/lib\/containers\/storage\/.+)(?:$|\/)/;

export const filesystem = {
  name: "filesystem",
  async collect(host, out) {
    const root = host.hostRoot === "/" ? "" : host.hostRoot;
    const mounts = readMounts(host.procRoot) ?? [];
    const asked = new Set<string>();
    for (const { source, mountPoint, type, readOnly } of mounts) {
      const isIgnored = ignoredTypes.test(type) || ignoredMounts.test(mountPoint);
      if (isIgnored || asked.has(mountPoint)) continue;
      asked.add(mountPoint);
      const labels = { device: source, fstype: type, mountpoint: mountPoint };
      const add = (name: string, help: string, value: number): void =>
        out.add("gauge", `node_filesystem_${name}`, help, value, labels);
      const answer = await host.askMount(`${root}${mountPoint}`);
      const failed = answer.kind === "unknown" ? 1 : 0;
      const errorHelp = "Whether an error occurred while getting statistics for the given device.";
      add("device_error", errorHelp, failed);
      if (answer.kind === "unknown") continue;
      const { bsize, blocks, bfree, bavail, files, ffree } = answer.size;
      add("size_bytes", "Filesystem size in bytes.", blocks * bsize);
      add("free_bytes", "Filesystem free space in bytes.", bfree * bsize);
      add("avail_bytes", "Filesystem space available to non-root users in bytes.", bavail * bsize);
      add("files", "Filesystem total file nodes.", files);
      add("files_free", "Filesystem total free file nodes.", ffree);
      add("readonly", "Filesystem read-only status.", readOnly ? 1 : 0);
    }
    return mounts.length > 0;
  },
} as const satisfies FamilyGroup;
