// Which cgroups of a host are services or containers, told by their paths alone: no container runtime is asked.
import { existsSync, readdirSync } from "node:fs";
import { isAbsent } from "./kept-file.ts";

export interface Cgroup {
  /** Below the mount point, with a leading slash. */
  readonly path: string;
  /** "ssh.service", "docker-1f2e3d4c5b6a", "pod 6d2f… 1f2e3d4c5b6a". */
  readonly name: string;
  readonly kind: "service" | "container" | "machine";
}

/** Directories looked at in one search, and how deep. Kubernetes nests five levels. */
const directoriesMax = 4_096;
const depthMax = 8;

/** Where cgroup v2 is mounted; `undefined` on hosts with v1 alone. In hybrid mode v2 stands beside v1. */
export function mountPointOf(sysRoot: string): string | undefined {
  return [`${sysRoot}/fs/cgroup`, `${sysRoot}/fs/cgroup/unified`].find((path) =>
    existsSync(`${path}/cgroup.controllers`),
  );
}

/** In path order. A container's own inner cgroups belong to it and are not looked into. */
export function findCgroups(root: string): readonly Cgroup[] {
  const found: Cgroup[] = [];
  let looked = 0;
  const search = (path: string, depth: number): void => {
    if (looked >= directoriesMax || depth > depthMax) return;
    looked += 1;
    for (const name of children(`${root}${path}`)) {
      const group = classify(`${path}/${name}`, name);
      if (group === undefined) search(`${path}/${name}`, depth + 1);
      else found.push(group);
    }
  };
  search("", 0);
  return found;
}

const containerScope =
  /^(docker|libpod|cri-containerd|crio|nerdctl)-([0-9a-f]{12})[0-9a-f]*\.scope$/;
const bareContainer = /^([0-9a-f]{12})[0-9a-f]{52}$/;
const lxcPayload = /^lxc\.payload[./](.+)$/;
const machineScope = /^machine-(.+)\.scope$/;
const pod = /pod([0-9a-f]{8}[0-9a-f_-]*)/;

/** `undefined`: a slice, a session or something unknown, to be looked into. */
export function classify(path: string, name: string): Cgroup | undefined {
  const scope = containerScope.exec(name);
  if (scope !== null) {
    return { path, name: containerName(path, scope[1] ?? "", scope[2] ?? ""), kind: "container" };
  }
  const bare = bareContainer.exec(name);
  if (bare !== null)
    return { path, name: containerName(path, "container", bare[1] ?? ""), kind: "container" };
  const lxc = lxcPayload.exec(name);
  if (lxc !== null) return { path, name: `lxc-${lxc[1]}`, kind: "container" };
  const machine = machineScope.exec(name);
  if (machine !== null) return { path, name: unescape(machine[1] ?? ""), kind: "machine" };
  // A user's own services ("dbus.service" under user@1000.service) stand in that user's group.
  if (name.endsWith(".service")) return { path, name: unescape(name), kind: "service" };
  return undefined;
}

/** Containers of a Kubernetes pod carry the pod's id, which the cluster's API knows. */
function containerName(path: string, runtime: string, id: string): string {
  const match = pod.exec(path);
  return match === null ? `${runtime}-${id}` : `pod-${match[1]?.slice(0, 8)}-${id}`;
}

/** systemd writes "-" as \x2d in names. */
function unescape(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function children(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (cause) {
    // The group ended between the listing of its parent and now.
    if (isAbsent(cause)) return [];
    throw cause;
  }
}
