// Whether somebody keeps this host's clock right, and how far off it is. Node cannot call adjtimex(2), so whoever runs is asked:
// chrony (state and offset), else systemd (state alone). With neither, nothing is said; the hub's clock stays as a witness.
import { existsSync } from "node:fs";
import type { Collector, Host } from "./collector.ts";

const timeoutMs = 5_000;

interface ClockState {
  readonly synchronized: boolean;
  /** Reference clock minus this host's, ms; `undefined` when the asked program does not know. */
  readonly offsetMs: number | undefined;
}

type Witness = (host: Host) => Promise<ClockState>;

export const clock = {
  name: "clock",
  everySeconds: 60,
  open(host, sink) {
    const witness = findWitness(host);
    if (witness === undefined) return undefined;
    const synchronized = sink.add("system.clock.synchronized");
    const offset = sink.add("system.clock.offset");
    return {
      async read() {
        const state = await witness(host);
        sink.set(synchronized, state.synchronized ? 1 : 0);
        if (state.offsetMs !== undefined) sink.set(offset, state.offsetMs);
      },
      close() {},
    };
  },
} as const satisfies Collector;

function findWitness(host: Host): Witness | undefined {
  const root = host.hostRoot === "/" ? "" : host.hostRoot;
  if (existsSync(`${root}/run/chrony/chronyd.pid`)) return chrony;
  if (existsSync(`${root}/run/systemd/system`)) return systemd;
  return undefined;
}

/** Fields: reference id, name, stratum, reference time, system time offset (s), …, leap status. */
async function chrony(host: Host): Promise<ClockState> {
  const fields = (await host.run("chronyc", ["-c", "tracking"], timeoutMs)).trim().split(",");
  const synchronized = fields.at(-1) !== "Not synchronised";
  // chrony's offset is positive when the system clock is slow of the reference, which is our sign too.
  const offsetMs = Number(fields[4]) * 1_000;
  return { synchronized, offsetMs: synchronized ? offsetMs : undefined };
}

async function systemd(host: Host): Promise<ClockState> {
  const args = ["show", "--property=NTPSynchronized", "--value"];
  const answer = (await host.run("timedatectl", args, timeoutMs)).trim();
  if (answer !== "yes" && answer !== "no") throw new Error("timedatectl did not say yes or no");
  return { synchronized: answer === "yes", offsetMs: undefined };
}
