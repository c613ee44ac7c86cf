// From systeminformation's answers to the wire's inventory: only what the schema names (no serial numbers), within its bounds.
import type { Inventory } from "@tidemark/proto";
import type { Systeminformation } from "systeminformation";
import { safeText } from "../procfs/safe-text.ts";

/** As many as the schema takes. */
const listMax = 256;

/** The parts of systeminformation's answers that are used. */
export interface Found {
  readonly os: Pick<
    Systeminformation.OsData,
    "platform" | "distro" | "release" | "kernel" | "arch"
  >;
  readonly cpu: Pick<
    Systeminformation.CpuData,
    "manufacturer" | "brand" | "cores" | "physicalCores" | "processors" | "speed"
  >;
  readonly memory: Pick<Systeminformation.MemData, "total" | "swaptotal">;
  readonly system: Pick<
    Systeminformation.SystemData,
    "manufacturer" | "model" | "virtual" | "virtualHost"
  >;
  readonly disks: readonly Pick<
    Systeminformation.DiskLayoutData,
    "device" | "name" | "vendor" | "type" | "size"
  >[];
  readonly blocks: readonly Pick<
    Systeminformation.BlockDevicesData,
    "name" | "type" | "size" | "model" | "physical"
  >[];
  readonly interfaces: readonly Pick<
    Systeminformation.NetworkInterfacesData,
    "iface" | "type" | "speed" | "mac" | "ip4" | "ip4subnet" | "ip6" | "ip6subnet" | "virtual"
  >[];
}

export function shapeInventory(
  found: Found,
  hostname: string,
  versions: { readonly node: string; readonly agent: string },
): Inventory {
  const { os, cpu, memory, system } = found;
  return {
    hostname: safeText(hostname, 256),
    os: {
      platform: text(os.platform, 64),
      distro: text(os.distro, 128),
      release: text(os.release, 64),
      kernel: text(os.kernel, 128),
      arch: text(os.arch, 32),
    },
    cpu: {
      vendor: text(cpu.manufacturer, 64),
      model: text(cpu.brand, 128),
      logicalCores: count(cpu.cores),
      physicalCores: count(cpu.physicalCores),
      sockets: count(cpu.processors),
      speedGhz: positive(Number(cpu.speed)) ?? 0,
    },
    memoryBytes: count(memory.total),
    swapBytes: count(memory.swaptotal),
    virtualisation: system.virtual === true ? text(system.virtualHost || "unknown", 64) : null,
    system: { manufacturer: text(system.manufacturer, 128), model: text(system.model, 128) },
    disks: shapeDisks(found).slice(0, listMax),
    interfaces: found.interfaces.slice(0, listMax).map(shapeInterface),
    nodeVersion: text(versions.node, 32),
    agentVersion: text(versions.agent, 64),
  };
}

/** The physical layout knows makers and kinds but no paravirtual disks; those the list of block devices adds. */
function shapeDisks({ disks, blocks }: Found): Inventory["disks"] {
  const shaped = disks.map((disk) => ({
    device: text(disk.device, 64),
    model: text([disk.vendor, disk.name].filter(Boolean).join(" "), 128),
    type: text(disk.type, 32),
    bytes: count(disk.size),
  }));
  const known = new Set(shaped.map((disk) => disk.device));
  for (const { name, type, size, model, physical } of blocks) {
    const device = `/dev/${name}`;
    // RAM disks list themselves as disks too.
    if (type !== "disk" || known.has(device) || /^z?ram\d/.test(name)) continue;
    shaped.push({
      device: text(device, 64),
      model: text(model, 128),
      type: text(physical, 32),
      bytes: count(size),
    });
  }
  return shaped;
}

function shapeInterface(found: Found["interfaces"][number]): Inventory["interfaces"][number] {
  const addresses = (
    [
      [found.ip4, found.ip4subnet],
      [found.ip6, found.ip6subnet],
    ] as const
  ).filter(([address]) => Boolean(address));
  return {
    name: text(found.iface, 64),
    type: text(found.type, 32),
    // Down or virtual devices say -1 or nothing.
    speedMbit: positive(found.speed) ?? null,
    mac: text(found.mac, 32),
    addresses: addresses.map(([address]) => text(address, 64)),
    prefixLengths: addresses.map(([, mask]) => prefixLength(mask)),
    virtual: found.virtual === true || found.type === "virtual",
  };
}

/** Of a mask such as `255.255.255.0` or `ffff:ffff::`; null of none, and of one with gaps. */
function prefixLength(mask: unknown): number | null {
  if (typeof mask !== "string" || mask === "" || mask.length > 64) return null;
  const [radix, width] = mask.includes(":") ? [16, 16] : [10, 8];
  const bits = mask
    .split(/[.:]+/)
    .filter((part) => part !== "")
    .map((part) => Number.parseInt(part, radix).toString(2).padStart(width, "0"))
    .join("");
  return /^1*0*$/.test(bits) && bits.length <= 128 ? bits.replaceAll("0", "").length : null;
}

const text = (value: unknown, lengthMax: number): string =>
  typeof value === "string" ? safeText(value.trim(), lengthMax) : "";

/** JSON carries no infinity. */
const positive = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;

const count = (value: unknown): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
