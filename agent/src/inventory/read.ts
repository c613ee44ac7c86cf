// What this host is made of, by systeminformation. It starts programs and costs 15 MB of memory that never comes back, so the
// running agent asks a short-lived process of itself (ask.ts) and never loads this file.
import { hostname } from "node:os";
import type { Inventory } from "@tidemark/proto";
import { shapeInventory } from "./shape.ts";

/** Takes about 0.1 s, much of it in other programs. Works without root; what only root may see is empty then. */
export async function readInventory(agentVersion: string): Promise<Inventory> {
  const { default: si } = await import("systeminformation");
  const [os, cpu, memory, system, disks, blocks, interfaces] = await Promise.all([
    si.osInfo(),
    si.cpu(),
    si.mem(),
    si.system(),
    si.diskLayout(),
    si.blockDevices(),
    si.networkInterfaces(),
  ]);
  const found = { os, cpu, memory, system, disks, blocks, interfaces: [interfaces].flat() };
  const versions = { node: process.version, agent: agentVersion };
  return shapeInventory(found, hostname(), versions);
}
