// systemd's units by state, and the names of those that failed. Asked once a minute: it starts a program.
import { existsSync } from "node:fs";
import { listUnits } from "../procfs/systemd-units.ts";
import type { Collector, Slot } from "./collector.ts";

/** Failed units named; the count covers the rest. */
const failedUnitsMax = 32;
const states = ["active", "inactive", "failed", "activating", "deactivating", "reloading"] as const;

export const systemd = {
  name: "systemd",
  everySeconds: 60,
  open(host, sink) {
    const root = host.hostRoot === "/" ? "" : host.hostRoot;
    // As sd_booted(3) tests it.
    if (!existsSync(`${root}/run/systemd/system`)) return undefined;
    const slots = new Map(
      states.map((state) => [state, sink.add("systemd.units", { "systemd.unit.state": state })]),
    );
    const failedSlots = new Map<string, Slot>();
    return {
      async read() {
        const units = await listUnits(host.run);
        for (const [state, slot] of slots)
          sink.set(slot, units.filter((unit) => unit.state === state).length);
        const failed = units.filter((unit) => unit.state === "failed").map((unit) => unit.name);
        const named = new Set(failed.sort().slice(0, failedUnitsMax));
        if (failed.length > failedUnitsMax)
          sink.leaveOut("bound", `the names of ${failed.length - failedUnitsMax} failed units`);
        for (const [name, slot] of failedSlots) {
          if (named.has(name)) continue;
          sink.remove(slot);
          failedSlots.delete(name);
        }
        for (const name of named) {
          const slot =
            failedSlots.get(name) ?? sink.add("systemd.unit.failed", { "systemd.unit.name": name });
          failedSlots.set(name, slot);
          sink.set(slot, 1);
        }
      },
      close() {
        failedSlots.clear();
      },
    };
  },
} as const satisfies Collector;
