// systemd's units by state, and the names of those that failed. The program is asked, once a minute: it speaks the manager's
// protocol, and a private D-Bus client here would cost more than the two milliseconds it takes.
import { existsSync } from "node:fs";
import type { Collector, Slot } from "./collector.ts";

const timeoutMs = 5_000;
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
        const args = ["list-units", "--all", "--plain", "--no-legend", "--no-pager", "--full"];
        const units = parseUnits(await host.run("systemctl", args, timeoutMs));
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

/** "ssh.service loaded active running OpenBSD Secure Shell server". */
function parseUnits(output: string): readonly { name: string; state: string }[] {
  return output.split("\n").flatMap((line) => {
    const [name, load, state] = line.trim().split(/\s+/);
    // Units that only others mention ("not-found") do not exist here.
    if (name === undefined || state === undefined || load === "not-found") return [];
    return [{ name, state }];
  });
}
