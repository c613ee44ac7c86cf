// Every collector there is. The order is that of `tidemark-agent list` and of the reads within a tick.
import type { Collector } from "./collector.ts";
import { agent } from "./agent.ts";
import { cgroups } from "./cgroups.ts";
import { clock } from "./clock.ts";
import { conntrack } from "./conntrack.ts";
import { cpu } from "./cpu.ts";
import { disk } from "./disk.ts";
import { filesystem } from "./filesystem.ts";
import { kernel } from "./kernel.ts";
import { load } from "./load.ts";
import { memory } from "./memory.ts";
import { network } from "./network.ts";
import { paging } from "./paging.ts";
import { pressure } from "./pressure.ts";
import { processes } from "./processes.ts";
import { sensors } from "./sensors.ts";
import { systemd } from "./systemd.ts";
import { tcp } from "./tcp.ts";

export const collectors = [
  cpu,
  load,
  memory,
  paging,
  pressure,
  disk,
  filesystem,
  network,
  tcp,
  conntrack,
  kernel,
  sensors,
  processes,
  cgroups,
  systemd,
  clock,
  agent,
] as const satisfies readonly Collector[];

export type CollectorName = (typeof collectors)[number]["name"];
