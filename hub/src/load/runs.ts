// Load tests as the rest of the hub sees them: start one on agents, follow it, cancel it, read it. Each agent's own policy
// decides whether it may; its final says how its part ended, whenever that arrives.
import type { NatsConnection } from "@nats-io/transport-node";
import type { AgentId, AgentState, NewRun, Run, RunId, RunTimeline, TryRun } from "@tidemark/proto";
import type { Logger } from "pino";
import type { PositionBucket } from "../ingest/position.ts";
import type { Rejected } from "../ingest/rejections.ts";
import type { LaneEnded } from "../lane-watch.ts";
import type { AgentRecord } from "../state/agents.ts";
import type { Database } from "../store/database.ts";
import { openRunResults } from "../store/run-results.ts";
import { openRunStore } from "../store/runs.ts";
import type { Dispatcher } from "../tasks/dispatcher.ts";
import { openChanges } from "./changes.ts";
import { type LoadCandidate, addRun, obstacle, prepare, refused } from "./create.ts";
import { openEndings, revokedCause } from "./end.ts";
import { type KnownRun, hasEnded } from "./known-run.ts";
import { openKnownRuns } from "./known-runs.ts";
import { startLeases } from "./leases.ts";
import { runLimits } from "./limits.ts";
import { type RunReading, openRunReading } from "./read.ts";
import { startResults } from "./results.ts";
import { type Created, began, startTogether } from "./start.ts";
import { openTaking } from "./take.ts";
import { type TriedOutcome, tryOnce } from "./try.ts";

export interface RunControl extends Omit<RunReading, "viewOf"> {
  create(input: NewRun, user: string): Promise<Created>;
  /** One request from one agent; nothing is stored. */
  try(input: TryRun): Promise<TriedOutcome>;
  /** Asks the agents to stop and waits briefly for the end; undefined when there is no such run. */
  cancel(id: RunId, user: string): Promise<Run | undefined>;
  /**
   * Asks the agent, briefly, to end its parts of runs while it can still be asked, then calls `cut`, which takes its access;
   * what it has under way then has failed.
   */
  revoke(agent: AgentId, user: string, cut: () => Promise<void>): Promise<void>;
  get(id: RunId): Promise<Run | undefined>;
  /** A second of a run was stored, all its agents together: a timeline of one entry. Returns how to stop listening. */
  onInterval(listener: (run: RunId, timeline: RunTimeline) => void): () => void;
  /** A run or one of its parts changed its state. Returns how to stop listening. */
  onRun(listener: (run: Run) => void): () => void;
  stop(): Promise<void>;
}

export interface RunsDeps {
  readonly connection: NatsConnection;
  readonly database: Database;
  /** Keeps the position in the RESULTS stream. */
  readonly bucket: PositionBucket;
  readonly agents: {
    get(id: AgentId): KnownAgent | undefined;
    all(): readonly KnownAgent[];
  };
  readonly stateOf: (agent: KnownAgent) => AgentState;
  readonly dispatcher: Dispatcher;
  readonly rejected: Rejected;
  readonly laneEnded: LaneEnded;
  readonly now: () => number;
  readonly log: Logger;
}
type KnownAgent = Pick<AgentRecord, "id" | "host" | "name" | "labels" | "revokedAtMs">;

/** Takes up the runs that were under way when the hub stopped, and the results that arrived meanwhile. */
export async function startRuns(deps: RunsDeps): Promise<RunControl> {
  const { agents, dispatcher, now, log } = deps;
  const store = openRunStore(deps.database, now);
  const results = openRunResults(deps.database);
  const runs = openKnownRuns({ store, results, now });
  const intervalListeners = new Set<(run: RunId, timeline: RunTimeline) => void>();
  const runListeners = new Set<(run: Run) => void>();
  const starts = new Set<NodeJS.Timeout>();

  const isTrusted = (agent: AgentId) => agents.get(agent)?.revokedAtMs === null;
  const nameOf = (agent: AgentId) => agents.get(agent)?.name ?? agent;
  const reading = openRunReading({ database: deps.database, store, results, runs, nameOf });
  const change = openChanges({
    store,
    nameOf,
    changed(known) {
      const view = reading.viewOf(known);
      for (const listener of runListeners) listener(view);
    },
  });
  const endings = openEndings({ dispatcher, change, active: () => runs.active(), now, log });
  const taking = openTaking({
    load: (run) => runs.load(run),
    change,
    told(run, timeline) {
      for (const listener of intervalListeners) listener(run, timeline);
    },
    now,
    log,
  });
  const candidates = (): readonly LoadCandidate[] =>
    agents.all().map((agent) => ({ ...agent, state: deps.stateOf(agent) }));

  for (const id of await store.unended()) await runs.load(id);
  for (const known of runs.active()) await takeUp(known);

  const stream = await startResults({
    connection: deps.connection,
    bucket: deps.bucket,
    results,
    load: (run) => runs.load(run),
    isTrusted,
    stored: (intervals, finals) => taking.stored(intervals, finals),
    rejected: deps.rejected,
    laneEnded: deps.laneEnded,
    log,
  });
  const leases = startLeases({
    dispatcher,
    active: () => runs.active(),
    lost: (known, agent, cause) => endings.lost(known, agent, cause),
    now,
    log,
  });

  /** Sent or not when the hub stopped: each agent's answer to its lease tells. */
  async function takeUp(known: KnownRun): Promise<void> {
    await began({ known, change });
    for (const [agent, part] of known.assignments) {
      part.isTaken = true;
      // The hub went away between an agent's revocation and the end of its part.
      if (!isTrusted(agent)) await endings.lost(known, agent, revokedCause);
    }
  }

  async function create(input: NewRun, user: string): Promise<Created> {
    const prepared = prepare(input, candidates());
    if (prepared.kind === "refused") return prepared;
    const inTheWay = obstacle(prepared, runs.active());
    if (inTheWay !== undefined) return inTheWay;
    const { plan } = prepared.planned;
    const known = addRun(
      runs,
      {
        name: input.name ?? "",
        plan,
        agents: prepared.agents,
        remarks: prepared.remarks,
        search: undefined,
        partOf: undefined,
        user,
      },
      now(),
    );
    const started = await startTogether({ known, plan, dispatcher, change, nameOf, now });
    if (started.kind === "refused") return started;
    // Cancelled while its agents were asked: one may have taken the run after it was told to end it.
    if (known.cancelled) await endings.ask(known, user);
    else beginIn(known, started.startsInMs);
    log.info({ run: known.record.id, agents: known.assignments.size, user }, "run started");
    return { kind: "started", run: reading.viewOf(known) };
  }

  function beginIn(known: KnownRun, startsInMs: number): void {
    if (startsInMs <= 0) return;
    const timer = setTimeout(() => {
      starts.delete(timer);
      began({ known, change }).catch((err: unknown) =>
        log.warn({ err, run: known.record.id }, "a run's start could not be stored"),
      );
    }, startsInMs);
    starts.add(timer);
  }

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
    create,
    async try(input) {
      const prepared = prepare(input, candidates());
      if (prepared.kind === "refused") return prepared;
      const [agent] = prepared.agents;
      if (agent === undefined || prepared.agents.length > 1)
        return refused(
          "invalid-request",
          `one agent tries a request, and ${prepared.agents.length} are meant`,
          input.selector === undefined ? "/agents" : "/selector",
        );
      return await tryOnce(dispatcher, agent.id, prepared.planned.plan);
    },
    async cancel(id, user) {
      const known = await runs.load(id);
      if (known === undefined) return undefined;
      if (!hasEnded(known.record)) {
        await endings.ask(known, user);
        await ended(known, runLimits.cancelWaitMs);
      }
      return reading.viewOf(known);
    },
    revoke: (agent, user, cut) => endings.revoke(agent, user, cut),
    async get(id) {
      const known = await runs.load(id);
      return known === undefined ? undefined : reading.viewOf(known);
    },
    list: (query) => reading.list(query),
    timeline: (id, agent) => reading.timeline(id, agent),
    spectrum: (id, agent) => reading.spectrum(id, agent),
    onInterval(listener) {
      intervalListeners.add(listener);
      return () => intervalListeners.delete(listener);
    },
    onRun(listener) {
      runListeners.add(listener);
      return () => runListeners.delete(listener);
    },
    async stop() {
      for (const timer of starts) clearTimeout(timer);
      taking.stop();
      await leases.stop();
      await stream.stop();
    },
  };
}
