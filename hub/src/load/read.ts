// Runs as they are read: views of what is in memory or stored, timelines and spectra of all agents or one.
import {
  type AgentId,
  type Run,
  type RunId,
  type RunList,
  type RunSpectrum,
  type RunTimeline,
  isAgentId,
  isRunId,
} from "@tidemark/proto";
import { RequestRefused } from "../errors.ts";
import type { Database } from "../store/database.ts";
import type { RunResults } from "../store/run-results.ts";
import type { RunRecord } from "../store/run-row.ts";
import { readTimeline } from "../store/run-timeline.ts";
import type { RunStore, StoredRun } from "../store/runs.ts";
import { cursorOf, cursorText } from "./cursor.ts";
import { encodedHistogram } from "./encoded.ts";
import {
  type KnownAssignment,
  type KnownRun,
  latenciesOf,
  mergedHistograms,
  progressOf,
} from "./known-run.ts";
import type { KnownRuns } from "./known-runs.ts";
import { spectrumOf } from "./spectrum.ts";
import { timelineOf } from "./timeline.ts";
import { runView, searchParts } from "./view.ts";

export interface RunListQuery {
  readonly agent?: string;
  readonly partOf?: string;
  readonly profile?: string;
  readonly campaign?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

export interface RunReading {
  viewOf(known: KnownRun): Run;
  /** Newest first; throws RequestRefused for a cursor that is none. */
  list(query: RunListQuery): Promise<RunList>;
  /** Of all agents together or of one; undefined when there is no such run, RequestRefused when the agent has no part in it. */
  timeline(id: RunId, agent?: string): Promise<RunTimeline | undefined>;
  spectrum(id: RunId, agent?: string): Promise<RunSpectrum | undefined>;
}

const pageItemsDefault = 50;

export function openRunReading(deps: {
  readonly database: Database;
  readonly store: RunStore;
  readonly results: RunResults;
  readonly runs: KnownRuns;
  readonly nameOf: (agent: AgentId) => string;
}): RunReading {
  const { store, results, runs, nameOf } = deps;

  function viewOf(known: KnownRun): Run {
    if (known.record.search !== undefined) return searchView(known.record);
    const parts = [...known.assignments.values()].map((part) => ({
      record: part.record,
      agentName: nameOf(part.record.agent),
      progress: progressOf(part),
      storedIntervals: part.indices.size,
    }));
    const histograms = [...known.assignments.values()].map((part) => part.histograms);
    const latency =
      known.record.latency ??
      (parts.length > 1 ? latenciesOf(mergedHistograms(histograms)) : undefined);
    return runView(known.record, parts, latency);
  }

  function storedView(
    { record, assignments }: StoredRun,
    intervals: (run: RunId, agent: AgentId) => number,
  ): Run {
    if (record.search !== undefined) return searchView(record);
    const parts = assignments.map((assignment) => ({
      record: assignment,
      agentName: nameOf(assignment.agent),
      progress: undefined,
      storedIntervals: intervals(record.id, assignment.agent),
    }));
    return runView(record, parts, undefined);
  }

  const searchView = (record: RunRecord) => runView(record, searchParts(record, nameOf), undefined);

  return {
    viewOf,
    async list({ agent, partOf, profile, campaign, cursor, limit = pageItemsDefault }) {
      const after = cursor === undefined ? undefined : cursorOf(cursor);
      const page = await store.list({
        agent: agent !== undefined && isAgentId(agent) ? agent : undefined,
        partOf: partOf !== undefined && isRunId(partOf) ? partOf : undefined,
        profile,
        campaign,
        after,
        limit: limit + 1,
      });
      const shown = page.slice(0, limit);
      const forgotten = shown.map(({ record }) => record.id).filter((id) => !runs.get(id));
      const intervals = await results.intervalCounts(forgotten);
      const items = shown.map((stored) => {
        const known = runs.get(stored.record.id);
        return known === undefined ? storedView(stored, intervals) : viewOf(known);
      });
      const last = shown.at(-1)?.record;
      return {
        items,
        nextCursor: page.length > limit && last !== undefined ? cursorText(last) : null,
      };
    },
    async timeline(id, agent) {
      const known = await runs.load(id);
      if (known === undefined) return undefined;
      const parts = partsOf(known, agent).map(({ record }) => ({
        agent: record.agent,
        aheadMs: record.clock?.aheadMs ?? 0,
      }));
      return timelineOf(parts.length === 0 ? [] : await readTimeline(deps.database, id, parts));
    },
    async spectrum(id, agent) {
      const known = await runs.load(id);
      if (known === undefined) return undefined;
      const { response, service, lateness } = mergedHistograms(
        partsOf(known, agent).map((part) => part.histograms),
      );
      return {
        response: spectrumOf(response),
        service: spectrumOf(service),
        lateness: spectrumOf(lateness),
        encoded: {
          response: encodedHistogram(response),
          service: encodedHistogram(service),
          lateness: encodedHistogram(lateness),
        },
      };
    },
  };
}

function partsOf(
  { record, assignments }: KnownRun,
  agent: string | undefined,
): readonly KnownAssignment[] {
  if (agent === undefined) return [...assignments.values()];
  const part = isAgentId(agent) ? assignments.get(agent) : undefined;
  if (part === undefined)
    throw new RequestRefused("not-found", `agent ${agent} has no part in run ${record.id}`, {
      field: "/agent",
    });
  return [part];
}
