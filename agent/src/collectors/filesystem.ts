// How full the mounted filesystems are. statfs(2) of a dead network mount never returns and holds a thread of Node's pool for
// as long, so every mount has a timeout, is left alone while an answer is pending, and few may be pending at once.
import { readMounts, type Mount } from "../procfs/mounts.ts";
import type { Collector, FilesystemSize, Host, Sink, Slot } from "./collector.ts";

/** How long a read waits for a mount. */
export const statfsTimeoutMs = 2_000;
/** Unanswered calls at once: Node's pool has four threads, and files and names need some. */
export const hangingMountsMax = 2;
/** Mounts followed; container hosts can have thousands. */
const mountsMax = 256;

const states = ["used", "free", "reserved"] as const;
const inodeStates = ["used", "free"] as const;

interface Followed {
  readonly mount: Mount;
  readonly slots: readonly Slot[];
  hangs: boolean;
}

type Answer = { kind: "size"; size: FilesystemSize } | { kind: "failed"; why: string };

export const filesystem = {
  name: "filesystem",
  everySeconds: 10,
  open(host, sink) {
    if (readMounts(host.procRoot) === undefined) return undefined;
    const followed = new Map<string, Followed>();
    const hanging = (): number => [...followed.values()].filter((one) => one.hangs).length;

    const readOne = async (one: Followed): Promise<void> => {
      const { mountPoint } = one.mount;
      if (one.hangs) return sink.leaveOut("fault", `${mountPoint} does not answer`);
      if (hanging() >= hangingMountsMax)
        return sink.leaveOut("fault", `${mountPoint} waits behind mounts that do not answer`);
      one.hangs = true;
      const asked = ask(host, mountPoint).finally(() => {
        one.hangs = false;
      });
      const answer = await within(asked, statfsTimeoutMs);
      if (answer === undefined)
        return sink.leaveOut("fault", `${mountPoint} did not answer within ${statfsTimeoutMs} ms`);
      if (answer.kind === "failed") return sink.leaveOut("fault", `${mountPoint}: ${answer.why}`);
      if (answer.size.blocks > 0 && followed.get(mountPoint) === one) set(sink, one, answer.size);
    };

    return {
      async read() {
        follow(followed, chooseMounts(host, sink), sink);
        // One after the other: a burst of calls could fill the thread pool with hanging ones.
        for (const one of followed.values()) await readOne(one);
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
      followed.set(mount.mountPoint, { mount, slots: declare(sink, mount), hangs: false });
}

async function ask(host: Host, mountPoint: string): Promise<Answer> {
  const root = host.hostRoot === "/" ? "" : host.hostRoot;
  try {
    return { kind: "size", size: await host.statfs(`${root}${mountPoint}`) };
  } catch (cause) {
    return { kind: "failed", why: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** What `promise` brings within `timeoutMs`, else `undefined`. */
async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function set(sink: Sink, one: Followed, size: FilesystemSize): void {
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
  values.forEach((value, index) => sink.set(one.slots[index] ?? -1, value));
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
