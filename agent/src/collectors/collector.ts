// What a collector is, what it is given and where it writes. Timing, timeouts, rates, failures and notices are the sampler's,
// once, for all; a collector only reads the host and sets values.
import type { AgentEvent, Labels, MetricName } from "@tidemark/proto";
import type { MountProbe } from "../procfs/mount-probe.ts";

/** One kind of readings of a host. To add one, see README.md beside this file. */
export interface Collector {
  readonly name: string;
  /** Seconds between reads; ticks in between are left missing. */
  readonly everySeconds: number;
  /** `undefined` when this host lacks what the collector reads; asked again once a minute. Throws when it is there but cannot be read. */
  readonly open: (host: Host, sink: Sink) => Reader | undefined;
}

export interface Reader {
  /**
   * Sets what the host says now; what is not set in a read is missing. A synchronous read may touch only files the kernel
   * answers from memory: nothing can interrupt it. Anything that may wait (a disk, a sensor, a program) returns a promise.
   * Throws when the whole reading failed.
   */
  readonly read: () => void | Promise<void>;
  readonly close: () => void;
}

/** A place for one series' value, 0 or more. Setting a place that is none (-1) or whose series was refused does nothing. */
export type Slot = number;

/** Where a collector declares its series and sets their values. */
export interface Sink {
  /**
   * Declares a series, which ships from its first value on: declare what may be there, set what is. Its unit, kind and
   * decimals are the catalogue's; label values are made safe for the wire.
   * For a metric of kind `rate` set the raw counter: the rate is made from it.
   */
  readonly add: (metric: MetricName, labels?: Labels) => Slot;
  readonly remove: (slot: Slot) => void;
  readonly set: (slot: Slot, value: number) => void;
  /** Says that part of this reading is left out, and why; counted, and told once as a notice while it lasts. */
  readonly leaveOut: (reason: "bound" | "fault", what: string) => void;
  /** Sends what is no series: top processes. */
  readonly event: (event: AgentEvent) => void;
}

/** The host as a collector sees it: where its files are, and the few things that are not files. */
export interface Host {
  /** /proc, or where the host's is mounted. */
  readonly procRoot: string;
  /** /sys, likewise. */
  readonly sysRoot: string;
  /** /, likewise: prefixed to mount points and to files under /etc and /run. */
  readonly hostRoot: string;
  readonly options: CollectorOptions;
  /** USER_HZ and the page size, which /proc counts in. */
  readonly ticksPerSecond: number;
  readonly pageBytes: number;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  /** Asks a filesystem for its size, and answers in any case. */
  readonly askMount: MountProbe;
  /** Runs a program without a shell and returns what it printed; rejects on failure, on more than 1 MiB and after `timeoutMs`. */
  readonly run: (program: string, args: readonly string[], timeoutMs: number) => Promise<string>;
  /** What the rest of the agent knows about itself. */
  readonly self: () => SelfReadings;
  /** How the sampling itself does. */
  readonly sampling: () => SamplingReadings;
}

export interface CollectorOptions {
  /** Block devices not to follow. */
  readonly ignoredDisks: RegExp;
  /** Network interfaces not to follow. */
  readonly ignoredInterfaces: RegExp;
  readonly ignoredFilesystems: RegExp;
  readonly ignoredMounts: RegExp;
  /** Services and containers followed; further ones are left out and counted. */
  readonly cgroupsMax: number;
  /** Rows in each list of top processes, 0 … 50. */
  readonly topProcesses: number;
}

/** Partitions, loop and RAM disks are left out as in node_exporter, so are the host's ends of container interfaces and what is no disk at all. */
export const defaultCollectorOptions: CollectorOptions = {
  ignoredDisks: /^(?:(?:z?ram|loop|fd|sr)\d+|(?:h|s|v|xv)d[a-z]+\d+|(?:nvme\d+n|mmcblk)\d+p\d+)$/,
  ignoredInterfaces: /^(?:veth|cali|lxc|ifb|dummy|nodelocaldns|kube-ipvs)/,
  ignoredFilesystems:
    /^(?:autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|efivarfs|fuse\.lxcfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|proc|procfs|pstore|ramfs|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tmpfs|tracefs)$/,
  ignoredMounts:
    /^\/(?:dev|proc|sys|run\/credentials|run\/docker|var\/lib\/(?:docker|containers\/storage|kubelet\/pods))(?:\/|$)/,
  cgroupsMax: 128,
  topProcesses: 10,
};

/** Outboxes, tasks and the clock, from the parts of the agent that own them; `undefined` is not known (yet). */
export interface SelfReadings {
  /** Hub clock minus this host's by the last answered beat. */
  readonly hubOffsetMs: number | undefined;
  readonly outboxes: readonly {
    readonly lane: string;
    readonly bytes: number;
    readonly records: number;
    readonly dropped: number;
  }[];
  /** Tasks refused since the agent's start, by why; codes that never occurred may be zero. */
  readonly tasksRefused: Readonly<Record<string, number>>;
  /** Load runs and trials started since then. */
  readonly loadStarted: Readonly<Record<string, number>>;
}

/** Durations in ms, NaN before the first tick; counts since the agent's start. */
export interface SamplingReadings {
  /** How long the last tick took, and how long after its second it began. */
  readonly durationMs: number;
  readonly latenessMs: number;
  /** Seconds that were not sampled because the agent was too late. */
  readonly missed: number;
  readonly series: number;
  readonly seriesRefused: number;
  readonly collectors: readonly CollectorHealth[];
}

export interface CollectorHealth {
  readonly name: string;
  /** Of the last read; for one that promises, until the promise was kept. */
  readonly durationMs: number;
  readonly succeeded: boolean;
  /** Things left out of the last read because of a bound or a fault. */
  readonly leftOut: number;
}
