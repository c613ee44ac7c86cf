// The part of the agent that a new configuration replaces while it runs: the sampler, and the Prometheus endpoint if it is on.
import type { Logger } from "pino";
import type { AgentConfig } from "./agent-config.ts";
import type { Collector, CollectorOptions, SelfReadings } from "./collectors/collector.ts";
import { type CollectorName, collectors } from "./collectors/index.ts";
import type { PrometheusServer } from "./prometheus/server.ts";
import { startSampler } from "./sampler/sampler.ts";
import { realHost } from "./sampler/system.ts";
import type { Lanes } from "./ship/lanes.ts";
import type { Notice } from "./telemetry.ts";

export interface CollectionDeps {
  readonly lanes: Pick<Lanes, "metrics" | "series" | "event">;
  readonly notice: Notice;
  readonly self: () => SelfReadings;
  readonly log: Logger;
}

export interface Collection {
  /** Ships the partial batch; a second call does nothing. */
  stop(): Promise<void>;
}

/** Starts sampling as `config` says. An endpoint that cannot listen is logged and does not stop the sampling. */
export async function startCollection(
  config: AgentConfig,
  deps: CollectionDeps,
): Promise<Collection> {
  const host = hostOf(config, deps.self);
  const sampler = startSampler({
    collectors: enabledCollectors(config.collectors),
    host,
    intervalSeconds: config.intervalSeconds,
    batchTicks: config.batchTicks,
    lanes: deps.lanes,
    notice: deps.notice,
  });
  let endpoint: PrometheusServer | undefined;
  if (config.prometheus !== undefined) {
    try {
      const { startPrometheus } = await import("./prometheus/server.ts");
      endpoint = await startPrometheus(config.prometheus, host, deps.log);
      deps.log.info({ url: endpoint.url }, "prometheus endpoint opened");
    } catch (cause) {
      deps.log.error({ err: cause, listen: config.prometheus }, "prometheus endpoint not opened");
    }
  }
  let isStopped = false;
  return {
    async stop() {
      if (isStopped) return;
      isStopped = true;
      sampler.stop();
      await endpoint?.stop();
    },
  };
}

/** The registry's collectors that are named, in its order. */
export function enabledCollectors(names: readonly CollectorName[]): readonly Collector[] {
  return collectors.filter((collector) => names.includes(collector.name));
}

/** This host, as the configuration lets the collectors see it. */
export function hostOf(config: AgentConfig, self: () => SelfReadings) {
  const { procRoot, sysRoot, hostRoot } = config;
  return realHost({ procRoot, sysRoot, hostRoot }, collectorOptions(config), self);
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
