// In-process fan-out: what ingest has just stored and how agents and campaigns fare, to whoever watches. A batch that nobody watches costs
// one map lookup; a watched one is encoded once for each different choice of metrics, however many watch it.
import type { Agent, CampaignNews, LiveSamples } from "@tidemark/proto";
import type { StoredBatch } from "./ingest/ingest.ts";

export interface LiveFilter {
  /** Whose samples; none without an entry. */
  readonly agents: ReadonlySet<string>;
  /** Which metrics; all of them when undefined. */
  readonly metrics: ReadonlySet<string> | undefined;
}

/** Receives events as the JSON text that goes to the browser; must not block. */
export type LiveSink = (event: "samples" | "agents" | "campaign", json: string) => void;

export interface Live {
  /** After a batch is in the database. */
  readonly stored: (batch: StoredBatch) => void;
  /** After an agent changed its state, name or labels. */
  readonly agentChanged: (agent: Agent) => void;
  /** After a campaign or one of its steps changed. */
  readonly campaignChanged: (news: CampaignNews) => void;
  /** Watches until the returned function is called. */
  readonly subscribe: (filter: LiveFilter, sink: LiveSink) => () => void;
  readonly watchers: () => number;
}

/** What ends longer ago than this is a replay: stored, but no news. */
const liveSecondsMax = 120;

interface Watcher {
  readonly filter: LiveFilter;
  /** Equal for watchers that get the same bytes. */
  readonly choice: string;
  readonly sink: LiveSink;
}

export function createLive(now: () => number): Live {
  const watchers = new Set<Watcher>();
  const byAgent = new Map<string, Set<Watcher>>();

  function tellAll(event: "agents" | "campaign", news: Agent | CampaignNews): void {
    if (watchers.size === 0) return;
    const json = JSON.stringify(news);
    for (const watcher of watchers) watcher.sink(event, json);
  }

  return {
    stored(batch) {
      const watching = byAgent.get(batch.agent);
      if (watching === undefined || isReplay(batch, now())) return;
      const encoded = new Map<string, string | undefined>();
      for (const { filter, choice, sink } of watching) {
        if (!encoded.has(choice)) encoded.set(choice, encodeSamples(batch, filter.metrics));
        const json = encoded.get(choice);
        if (json !== undefined) sink("samples", json);
      }
    },
    agentChanged: (agent) => tellAll("agents", agent),
    campaignChanged: (news) => tellAll("campaign", news),
    subscribe(filter, sink) {
      const choice = JSON.stringify(filter.metrics && [...filter.metrics].sort());
      const watcher: Watcher = { filter, choice: choice ?? "all", sink };
      watchers.add(watcher);
      for (const agent of filter.agents) {
        const watching = byAgent.get(agent) ?? new Set();
        byAgent.set(agent, watching.add(watcher));
      }
      return () => {
        watchers.delete(watcher);
        for (const agent of filter.agents) {
          const watching = byAgent.get(agent);
          watching?.delete(watcher);
          if (watching?.size === 0) byAgent.delete(agent);
        }
      };
    },
    watchers: () => watchers.size,
  };
}

const isReplay = (batch: StoredBatch, nowMs: number) =>
  (batch.firstSecond + batch.ticks * batch.stepSeconds + liveSecondsMax) * 1_000 < nowMs;

const present = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** The chosen series of a batch as JSON; undefined when it has none of them. */
function encodeSamples(
  batch: StoredBatch,
  metrics: ReadonlySet<string> | undefined,
): string | undefined {
  const { agent, firstSecond, stepSeconds, ticks } = batch;
  const series: LiveSamples["series"] = [];
  for (const [index, { metric, labels, unit, kind }] of batch.series.entries()) {
    if (metrics !== undefined && !metrics.has(metric)) continue;
    const column = batch.values.subarray(index * ticks, (index + 1) * ticks);
    series.push({ metric, labels, unit, kind, values: Array.from(column, present) });
  }
  if (series.length === 0) return undefined;
  const times = Array.from({ length: ticks }, (_, tick) => firstSecond + tick * stepSeconds);
  return JSON.stringify({ agent, times, series } satisfies LiveSamples);
}
