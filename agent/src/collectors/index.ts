// Every collector there is. The order is that of `tidemark-agent list` and of the reads within a tick.
import type { Collector } from "./collector.ts";
import { conntrack } from "./conntrack.ts";
import { cpu } from "./cpu.ts";
import { disk } from "./disk.ts";
import { kernel } from "./kernel.ts";
import { load } from "./load.ts";
import { memory } from "./memory.ts";
import { network } from "./network.ts";
import { paging } from "./paging.ts";
import { pressure } from "./pressure.ts";
import { tcp } from "./tcp.ts";

export const collectors = [
  cpu,
  load,
  memory,
  paging,
  pressure,
  disk,
  network,
  tcp,
  conntrack,
  kernel,
] as const satisfies readonly Collector[];

export type CollectorName = (typeof collectors)[number]["name"];
