// Load tests as the rest of the hub sees them: start one on an agent, follow it, cancel it, read it. The agent's own policy
// decides whether it may; its final says how it ended, whenever that arrives.
import type { NatsConnection } from "@nats-io/transport-node";
import {
  type AgentId,
  type NewRun,
  type ProblemCode,
  type Run,
  type RunId,
  type RunList,
  type RunSpectrum,
  type RunTimeline,
  isAgentId,
  newId,
} from "@tidemark/proto";
import type { Logger } from "pino";
import type { PositionBucket } from "../ingest/position.ts";
import type { Rejected } from "../ingest/rejections.ts";
import type { LaneEnded } from "../lane-watch.ts";
import type { AgentRecord } from "../state/agents.ts";
import type { Database } from "../store/database.ts";
import { type StoredInterval, openRunResults } from "../store/run-results.ts";
import { openRunStore } from "../store/runs.ts";
import type { Delivery, Dispatcher } from "../tasks/dispatcher.ts";
import { openChanges } from "./changes.ts";
import { cursorOf, cursorText } from "./cursor.ts";
import { encodedHistogram } from "./encoded.ts";
import { type KnownRun, addInterval, hasEnded, progressOf } from "./known-run.ts";
import { openKnownRuns } from "./known-runs.ts";
import { heard, startLeases } from "./leases.ts";
import { runLimits } from "./limits.ts";
import { planOf } from "./plan.ts";
import { type Final, startResults } from "./results.ts";
import { spectrumOf } from "./spectrum.ts";
import { type Created, startOnAgent } from "./start.ts";
import { summaryOf } from "./summary.ts";
import { rowOf, timelineOf } from "./timeline.ts";
import { runView } from "./view.ts";

export interface RunControl {
  create(input: NewRun, user: string): Promise<Created>;
  /** Asks the agent to stop and waits briefly for the end; undefined when there is no such run. */
  cancel(id: RunId, user: string): Promise<Run | undefined>;
  /**
   * Asks the agent, briefly, to end its runs while it can still be asked, then calls `cut`, which takes its access; what is
   * under way then has failed.
   */
  revoke(agent: AgentId, user: string, cut: () => Promise<void>): Promise<void>;
  get(id: RunId): Promise<Run | undefined>;
  /** Newest first; throws RequestRefused for a cursor that is none. */
  list(query: RunListQuery): Promise<RunList>;
  timeline(id: RunId): Promise<RunTimeline | undefined>;
  spectrum(id: RunId): Promise<RunSpectrum | undefined>;
  /** An interval was stored: a timeline of one entry. Returns how to stop listening. */
  onInterval(listener: (run: RunId, timeline: RunTimeline) => void): () => void;
  /** A run changed its state. Returns how to stop listening. */
  onRun(listener: (run: Run) => void): () => void;
  stop(): Promise<void>;
}

export interface RunListQuery {
  readonly agent?: string;
  readonly cursor?: string;
  readonly limit?: number;
}

export interface RunsDeps {
  readonly connection: NatsConnection;
  readonly database: Database;
  /** Keeps the position in the RESULTS stream. */
  readonly bucket: PositionBucket;
  readonly agents: {
    get(id: AgentId): Pick<AgentRecord, "id" | "host" | "name" | "revokedAtMs"> | undefined;
  };
  readonly dispatcher: Dispatcher;
  readonly rejected: Rejected;
  readonly laneEnded: LaneEnded;
  readonly now: () => number;
  readonly log: Logger;
}

const pageItemsDefault = 50;
const revokedCause = "the agent was revoked";

/** Takes up the runs that were under way when the hub stopped, and the results that arrived meanwhile. */
export async function startRuns(deps: RunsDeps): Promise<RunControl> {
  const { agents, dispatcher, now, log } = deps;
  const store = openRunStore(deps.database, now);
  const results = openRunResults(deps.database);
  const runs = openKnownRuns({ store, results, now });
  const intervalListeners = new Set<(run: RunId, timeline: RunTimeline) => void>();
  const runListeners = new Set<(run: Run) => void>();

  const isTrusted = (agent: AgentId) => agents.get(agent)?.revokedAtMs === null;
  const nameOf = (agent: AgentId) => agents.get(agent)?.name ?? agent;
  const viewOf = (known: KnownRun) =>
    runView(known.record, nameOf(known.record.agent), progressOf(known), known.indices.size);

  const change = openChanges(store, (known) => {
    const view = viewOf(known);
    for (const listener of runListeners) listener(view);
  });

  async function takeInterval(interval: StoredInterval): Promise<void> {
    const known = await runs.load(interval.run);
    if (known === undefined || known.indices.has(interval.index)) return;
    if (known.record.startedAtMs === null)
      await change(known, { startedAtMs: interval.interval.startedAtMs });
    addInterval(known, interval);
    heard(known, true, now());
    const timeline = timelineOf([rowOf(interval)]);
    for (const listener of intervalListeners) listener(interval.run, timeline);
  }

  async function takeFinal({ run, final, histograms }: Final): Promise<void> {
    const known = await runs.load(run);
    if (known === undefined || known.record.final !== undefined) return;
    const { response, service, lateness } = histograms;
    const latency = {
      response: summaryOf(response),
      service: summaryOf(service),
      lateness: summaryOf(lateness),
    };
    await change(known, {
      state: final.state,
      cause: final.cause,
      startedAtMs: final.startedAtMs,
      endedAtMs: final.endedAtMs,
      final: { ...final, latency },
    });
    log.info({ run, state: final.state }, "run ended");
  }

  async function lost(known: KnownRun, cause: string): Promise<void> {
    if (hasEnded(known.record)) return;
    log.warn({ run: known.record.id, cause }, "run given up");
    const state = known.cancelled ? "cancelled" : "failed";
    await end(known, state, cause);
  }

  function end(known: KnownRun, state: "cancelled" | "failed", cause: string): Promise<void> {
    return change(known, (record) =>
      hasEnded(record) ? undefined : { state, cause, endedAtMs: now() },
    );
  }

  /** The agent may stop the run before its state is stored, and must when the database is away. */
  async function askEnd(known: KnownRun, user: string, timeoutMs: number): Promise<Delivery> {
    known.cancelled = true;
    log.info({ run: known.record.id, user }, "run cancelled");
    const saved = change(known, { cancelAskedAtMs: now() }).catch((err: unknown) =>
      log.warn({ err, run: known.record.id }, "cancel could not be stored"),
    );
    const { id: run, agent } = known.record;
    const delivery = await dispatcher.send(agent, { kind: "cancel", run }, { timeoutMs });
    await saved;
    return delivery;
  }

  for (const { id } of await store.unended()) await runs.load(id);
  for (const known of runs.active()) {
    // Sent or not when the hub stopped: the agent's answer to the lease tells.
    if (known.record.state === "pending") await change(known, { state: "running" });
    // The hub went away between an agent's revocation and the end of its run.
    if (!isTrusted(known.record.agent)) await end(known, "failed", revokedCause);
  }
  const stream = await startResults({
    connection: deps.connection,
    bucket: deps.bucket,
    results,
    load: (run) => runs.load(run),
    isTrusted,
    async stored(intervals, finals) {
      for (const interval of intervals) await takeInterval(interval);
      for (const final of finals) await takeFinal(final);
    },
    rejected: deps.rejected,
    laneEnded: deps.laneEnded,
    log,
  });
  const leases = startLeases({ dispatcher, active: () => runs.active(), lost, now, log });

  /** Resolves when the run has ended, or when `waitMs` have passed. */
  function ended(known: KnownRun, waitMs: number): Promise<void> {
    if (hasEnded(known.record)) return Promise.resolve();
    return new Promise((resolve) => {
      const listener = () => {
        if (!hasEnded(known.record)) return;
        clearTimeout(timer);
        runListeners.delete(listener);
        resolve();
      };
      const timer = setTimeout(() => {
        runListeners.delete(listener);
        resolve();
      }, waitMs);
      runListeners.add(listener);
    });
  }

  return {
    async create(input, user) {
      const record = isAgentId(input.agent) ? agents.get(input.agent) : undefined;
      if (record === undefined || record.revokedAtMs !== null)
        return refused("not-found", `there is no agent ${input.agent}`, "/agent");
      const planned = planOf(input);
      if (planned.kind === "faulty")
        return refused("invalid-request", planned.reason, planned.field);
      const active = runs.active();
      const busy = active.find((known) => known.record.agent === record.id);
      if (busy !== undefined)
        return refused("conflict", `run ${busy.record.id} is under way on this agent`, "/agent");
      if (active.length >= runLimits.activeRunsMax)
        return refused("too-many-requests", `${runLimits.activeRunsMax} runs are under way`);
      const { plan } = planned;
      const known = runs.add({
        id: newId<RunId>(),
        createdAtMs: now(),
        agent: record.id,
        host: record.host,
        name: input.name ?? "",
        target: plan.target,
        method: plan.method,
        ratePerSecond: input.ratePerSecond,
        connections: plan.connections,
        durationMs: plan.durationMs,
        timeoutMs: plan.timeoutMs,
        precision: plan.precision,
        headerNames: plan.headers.map(({ name }) => name),
        bodyBytes: Buffer.byteLength(plan.body),
        state: "pending",
        cause: "",
        createdBy: user,
        startedAtMs: null,
        endedAtMs: null,
        cancelAskedAtMs: null,
        final: undefined,
      });
      const outcome = await startOnAgent({ known, plan, dispatcher, change, now });
      if (outcome !== undefined) return outcome;
      log.info({ run: known.record.id, agent: record.id, user }, "run started");
      return { kind: "started", run: viewOf(known) };
    },
    async cancel(id, user) {
      const known = await runs.load(id);
      if (known === undefined) return undefined;
      if (hasEnded(known.record)) return viewOf(known);
      const delivery = await askEnd(known, user, runLimits.cancelAnswerMs);
      // An agent out of reach stops by itself when the lease it is no longer given lapses.
      if (delivery.kind === "answered" && !delivery.reply.ok) heard(known, false, now());
      await ended(known, runLimits.cancelWaitMs);
      return viewOf(known);
    },
    async revoke(agent, user, cut) {
      const ofAgent = () => runs.active().filter(({ record }) => record.agent === agent);
      for (const known of ofAgent())
        await askEnd(known, user, runLimits.revokeAnswerMs).catch((err: unknown) =>
          log.warn({ err, run: known.record.id }, "run of a revoked agent was not cancelled"),
        );
      await cut();
      // One more may have begun meanwhile; from here on none can.
      for (const known of ofAgent()) await end(known, "failed", revokedCause);
    },
    async get(id) {
      const known = await runs.load(id);
      return known === undefined ? undefined : viewOf(known);
    },
    async list({ agent, cursor, limit = pageItemsDefault }) {
      const after = cursor === undefined ? undefined : cursorOf(cursor);
      const filter = agent !== undefined && isAgentId(agent) ? agent : undefined;
      const page = await store.list({ agent: filter, after, limit: limit + 1 });
      const shown = page.slice(0, limit);
      const stored = await results.intervalCounts(
        shown.map(({ id }) => id).filter((id) => runs.get(id) === undefined),
      );
      const items = shown.map((record) => {
        const known = runs.get(record.id);
        if (known !== undefined) return viewOf(known);
        return runView(record, nameOf(record.agent), undefined, stored.get(record.id) ?? 0);
      });
      const last = shown.at(-1);
      return {
        items,
        nextCursor: page.length > limit && last !== undefined ? cursorText(last) : null,
      };
    },
    async timeline(id) {
      const known = await runs.load(id);
      return known === undefined ? undefined : timelineOf(await results.timeline(id));
    },
    async spectrum(id) {
      const known = await runs.load(id);
      if (known === undefined) return undefined;
      const { response, service, lateness } = (await results.wholes(id)) ?? known.histograms;
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
    onInterval(listener) {
      intervalListeners.add(listener);
      return () => intervalListeners.delete(listener);
    },
    onRun(listener) {
      runListeners.add(listener);
      return () => runListeners.delete(listener);
    },
    async stop() {
      await leases.stop();
      await stream.stop();
    },
  };
}

function refused(code: ProblemCode, reason: string, field?: string): Created {
  return { kind: "refused", code, reason, field };
}
