// The sections of the host page, in their order.
import type { Section } from "../section.ts";
import { agent } from "./agent.ts";
import { cpu } from "./cpu.ts";
import { disks } from "./disks.ts";
import { filesystems } from "./filesystems.ts";
import { memory } from "./memory.ts";
import { network } from "./network.ts";
import { overview } from "./overview.ts";
import { pressure } from "./pressure.ts";
import { processes } from "./processes.ts";
import { hardware } from "./sensors.ts";
import { services } from "./services.ts";
import { tcp } from "./tcp.ts";

export const sections = [
  overview,
  cpu,
  memory,
  pressure,
  disks,
  filesystems,
  network,
  tcp,
  processes,
  services,
  hardware,
  agent,
] as const satisfies readonly Section[];
