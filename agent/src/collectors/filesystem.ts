// How full the mounted filesystems are, those with a disk or a server behind them. A mount that does not answer is left out alone.
import type { FilesystemSize } from "../procfs/mount-probe.ts";
import { type Mount, readMounts } from "../procfs/mounts.ts";
import type { Collector, Host, Sink, Slot } from "./collector.ts";

/** Mounts followed; container hosts can have thousands. */
const mountsMax = 256;

const states = ["used", "free", "reserved"] as const;
const inodeStates = ["used", "free"] as const;

interface Followed {
  readonly mount: Mount;
  readonly slots: readonly Slot[];
}

export const filesystem = {
  name: "filesystem",
  everySeconds: 10,
  open(host, sink) {
    if (readMounts(host.procRoot) === undefined) return undefined;
    const root = host.hostRoot === "/" ? "" : host.hostRoot;
    const followed = new Map<string, Followed>();
    return {
      async read() {
        follow(followed, chooseMounts(host, sink), sink);
        // One after the other: a burst of questions could fill the thread pool with hanging ones.
        for (const { mount, slots } of followed.values()) {
          const answer = await host.askMount(`${root}${mount.mountPoint}`);
          if (answer.kind === "unknown")
            sink.leaveOut("fault", `${mount.mountPoint} ${answer.why}`);
          else if (answer.size.blocks > 0) setSize(sink, slots, answer.size);
        }
      },
      close() {
        followed.clear();
      },
    };
  },
} as const satisfies Collector;

/** The mounts worth following: no pseudo filesystems, and of bind mounts of one device the first. */
function chooseMounts(host: Host, sink: Sink): readonly Mount[] {
  const { ignoredFilesystems, ignoredMounts } = host.options;
  const devices = new Set<string>();
  const chosen = (readMounts(host.procRoot) ?? []).filter((mount) => {
    if (ignoredFilesystems.test(mount.type) || ignoredMounts.test(mount.mountPoint)) return false;
    // An overlay is a view of a filesystem that is counted already, except for the root of a container.
    if (mount.type === "overlay" && mount.mountPoint !== "/") return false;
    if (devices.has(mount.device)) return false;
    devices.add(mount.device);
    return true;
  });
  if (chosen.length > mountsMax)
    sink.leaveOut("bound", `${chosen.length - mountsMax} of ${chosen.length} mounts`);
  return chosen.slice(0, mountsMax);
}

function follow(followed: Map<string, Followed>, mounts: readonly Mount[], sink: Sink): void {
  const present = new Map(mounts.map((mount) => [mount.mountPoint, mount]));
  for (const [point, one] of followed) {
    const mount = present.get(point);
    if (mount?.device === one.mount.device && mount.source === one.mount.source) continue;
    one.slots.forEach(sink.remove);
    followed.delete(point);
  }
  for (const mount of mounts)
    if (!followed.has(mount.mountPoint))
      followed.set(mount.mountPoint, { mount, slots: declare(sink, mount) });
}

function setSize(sink: Sink, slots: readonly Slot[], size: FilesystemSize): void {
  const used = (size.blocks - size.bfree) * size.bsize;
  const free = size.bavail * size.bsize;
  const reserved = (size.bfree - size.bavail) * size.bsize;
  // btrfs and network filesystems have no inodes to run out of: nothing is said rather than zero.
  const hasInodes = size.files > 0;
  const values = [
    used,
    free,
    reserved,
    used / (used + free),
    hasInodes ? size.files - size.ffree : Number.NaN,
    hasInodes ? size.ffree : Number.NaN,
  ];
  values.forEach((value, index) => sink.set(slots[index] ?? -1, value));
}

function declare(sink: Sink, mount: Mount): readonly Slot[] {
  const labels = {
    "system.filesystem.mountpoint": mount.mountPoint,
    "system.device": mount.source,
    "system.filesystem.type": mount.type,
  };
  const stateLabels = (state: string) => ({ ...labels, "system.filesystem.state": state });
  return [
    ...states.map((state) => sink.add("system.filesystem.usage", stateLabels(state))),
    sink.add("system.filesystem.utilization", labels),
    ...inodeStates.map((state) => sink.add("system.filesystem.inodes.usage", stateLabels(state))),
  ];
}
