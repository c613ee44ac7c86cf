// A host frozen in files (fixtures/<name>/{proc,sys,root}) that can be thawed to ten seconds later (fixtures/<name>/later).
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentEvent, NoticeCode } from "@tidemark/proto";
import {
  type Collector,
  type CollectorOptions,
  type Host,
  defaultCollectorOptions,
} from "../src/collectors/collector.ts";
import { createMountProbe } from "../src/procfs/mount-probe.ts";
import { type Snapshot, takeSnapshot } from "../src/sampler/once.ts";

export interface FrozenHost {
  /** Where the copy is; tests may change it. */
  readonly root: string;
  readonly host: Omit<Host, "sampling">;
  /** Ten seconds pass. */
  readonly thaw: () => void;
  readonly remove: () => void;
}

export function freezeHost(name: string, options: Partial<CollectorOptions> = {}): FrozenHost {
  const fixture = join(import.meta.dirname, "fixtures", name);
  const root = mkdtempSync(join(tmpdir(), "tidemark-host-"));
  cpSync(fixture, root, { recursive: true, verbatimSymlinks: true });
  let monotonicMs = 1_000_000;
  const host: Omit<Host, "sampling"> = {
    procRoot: join(root, "proc"),
    sysRoot: join(root, "sys"),
    hostRoot: join(root, "root"),
    options: { ...defaultCollectorOptions, ...options },
    ticksPerSecond: 100,
    pageBytes: 4_096,
    now: () => 1_790_000_000_000 + monotonicMs,
    monotonicMs: () => monotonicMs,
    askMount: createMountProbe(async () => ({
      bsize: 4_096,
      blocks: 1_000_000,
      bfree: 400_000,
      bavail: 350_000,
      files: 65_536,
      ffree: 60_000,
    })),
    run: async (program) => readFileSync(join(root, "root", `${program}.txt`), "utf8"),
    self: () => ({
      hubOffsetMs: -12.34,
      outboxes: [{ lane: "metrics", bytes: 4_096, records: 2, dropped: 0 }],
      tasksRefused: { policy: 3, expired: 0 },
      loadStarted: { run: 2, try: 1 },
    }),
  };
  const later = join(root, "later");
  return {
    root,
    host,
    thaw() {
      monotonicMs += 10_000;
      // In place, so that kept descriptors see the change, as they do in /proc.
      if (existsSync(later)) cpSync(later, root, { recursive: true, verbatimSymlinks: true });
    },
    remove: () => rmSync(root, { recursive: true }),
  };
}

export interface FrozenReading extends Snapshot {
  readonly notices: readonly { code: NoticeCode; detail: string }[];
}

/** Both moments of a frozen host through the given collectors. */
export async function readFrozen(
  frozen: FrozenHost,
  collectors: readonly Collector[],
): Promise<FrozenReading> {
  const notices: { code: NoticeCode; detail: string }[] = [];
  const snapshot = await takeSnapshot({
    collectors,
    host: frozen.host,
    notice: (code, detail) => notices.push({ code, detail }),
    between: async () => frozen.thaw(),
  });
  return { ...snapshot, notices };
}

/** One line a series, with its unit; "-" is missing. The agent's own numbers differ from run to run and are not listed. */
export function describe(reading: FrozenReading): string {
  const lines = reading.series.flatMap((series, column) => {
    if (series.metric.startsWith("tidemark.agent.")) return [];
    const labels = Object.entries(series.labels).map(([key, value]) => `${key}="${value}"`);
    const value = reading.values[column] ?? Number.NaN;
    const shown = Number.isNaN(value) ? "-" : String(Number(value.toFixed(series.decimals)));
    const unit = series.kind === "rate" ? `${series.unit}/s` : series.unit;
    return [`${series.metric}{${labels.join(",")}} ${shown} ${unit}`];
  });
  const notices = reading.notices.map(({ code, detail }) => `notice ${code}: ${detail}`);
  return [...lines, ...notices, ...reading.events.map(describeEvent), ""].join("\n");
}

function describeEvent(event: AgentEvent): string {
  return JSON.stringify(event, undefined, 1);
}
