// The part of the agent that a new configuration replaces while it runs: the sampler and what reads from it.
import type { AgentConfig } from "./agent-config.ts";
import { type CollectorName, collectors } from "./collectors/index.ts";
import type { Collector, CollectorOptions, SelfReadings } from "./collectors/collector.ts";
import { type Sampler, startSampler } from "./sampler/sampler.ts";
import { realHost } from "./sampler/system.ts";
import type { Lanes } from "./ship/lanes.ts";
import type { Notice } from "./telemetry.ts";

export interface CollectionDeps {
  readonly lanes: Pick<Lanes, "metrics" | "series" | "event">;
  readonly notice: Notice;
  readonly self: () => SelfReadings;
}

/** Starts sampling as `config` says. */
export function startCollection(config: AgentConfig, deps: CollectionDeps): Sampler {
  return startSampler({
    collectors: enabledCollectors(config.collectors),
    host: hostOf(config, deps.self),
    intervalSeconds: config.intervalSeconds,
    batchTicks: config.batchTicks,
    lanes: deps.lanes,
    notice: deps.notice,
  });
}

/** The registry's collectors that are named, in its order. */
export function enabledCollectors(names: readonly CollectorName[]): readonly Collector[] {
  return collectors.filter((collector) => names.includes(collector.name));
}

/** This host, as the configuration lets the collectors see it. */
export function hostOf(config: AgentConfig, self: () => SelfReadings) {
  const paths = {
    procRoot: config.procRoot,
    sysRoot: config.sysRoot,
    rootRoot: config.hostRoot,
  };
  return realHost(paths, collectorOptions(config), self);
}

function collectorOptions(config: AgentConfig): CollectorOptions {
  return {
    ignoredDisks: ignoring(config.ignored.disks),
    ignoredInterfaces: ignoring(config.ignored.interfaces),
    ignoredFilesystems: ignoring(config.ignored.filesystems),
    ignoredMounts: ignoring(config.ignored.mounts),
    cgroupsMax: config.cgroupsMax,
    topProcesses: config.topProcesses,
  };
}

/** An empty pattern ignores nothing, where a regular expression would match everything. */
const ignoring = (pattern: string) => (pattern === "" ? /(?!)/ : new RegExp(pattern));
