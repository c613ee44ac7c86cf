import { existsSync } from "node:fs";
import { listUnits } from "../../procfs/systemd-units.ts";
import type { FamilyGroup } from "./family.ts";

const states = ["active", "activating", "deactivating", "inactive", "failed"] as const;

/** Units exposed; each is five series. */
const unitsMax = 1_000;

export const systemd = {
  name: "systemd",
  async collect(host, out) {
    const root = host.hostRoot === "/" ? "" : host.hostRoot;
    if (!existsSync(`${root}/run/systemd/system`)) return false;
    for (const { name, state } of (await listUnits(host.run)).slice(0, unitsMax)) {
      const type = name.slice(name.lastIndexOf(".") + 1);
      for (const possible of states) {
        const value = state === possible ? 1 : 0;
        const labels = { name, state: possible, type };
        out.add("gauge", "node_systemd_unit_state", "Systemd unit", value, labels);
      }
    }
    return true;
  },
} as const satisfies FamilyGroup;
