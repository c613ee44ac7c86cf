// Load tests as the rest of the hub sees them: start one on agents, follow it, cancel it, read it. Each agent's own policy
// decides whether it may; its final says how its part ended, whenever that arrives.
import type { NatsConnection } from "@nats-io/transport-node";
import type { AgentId, AgentState, NewRun, Run, RunId, Validity } from "@tidemark/proto";
import type { Logger } from "pino";
import type { PositionBucket } from "../ingest/position.ts";
import type { Rejected } from "../ingest/rejections.ts";
import type { LaneEnded } from "../lane-watch.ts";
import type { AgentRecord } from "../state/agents.ts";
import type { Database } from "../store/database.ts";
import { openRunResults } from "../store/run-results.ts";
import type { RunOrigin } from "../store/run-row.ts";
import { openRunStore } from "../store/runs.ts";
import type { Dispatcher } from "../tasks/dispatcher.ts";
import { openChanges } from "./changes.ts";
import { type LoadCandidate, addRun, obstacle, prepare, refused } from "./create.ts";
import { openEndings, revokedCause } from "./end.ts";
import { type KnownRun, hasEnded } from "./known-run.ts";
import { openKnownRuns } from "./known-runs.ts";
import { type Launched, openLaunch } from "./launch.ts";
import { startLeases } from "./leases.ts";
import { runLimits } from "./limits.ts";
import { type RunReading, openRunReading } from "./read.ts";
import { startResults } from "./results.ts";
import { openSearches } from "./search-run.ts";
import { type Created, begun } from "./start.ts";
import { openTaking } from "./take.ts";
import { type TriedOutcome, tryOnce } from "./try.ts";
import { type Watching, openWatching } from "./watching.ts";

export interface RunControl
  extends Omit<RunReading, "viewOf">, Pick<Watching, "onInterval" | "onRun"> {
  /**
   * `made`: of a run that a campaign makes. A run of this id that exists already is that run: it is started once.
   */
  create(input: NewRun, user: string, made?: MadeRun): Promise<Created>;
  /** One request from one agent; nothing is stored. */
  try(input: NewRun): Promise<TriedOutcome>;
  /** Asks the agents to stop and waits briefly for the end; undefined when there is no such run. */
  cancel(id: RunId, user: string): Promise<Run | undefined>;
  /**
   * Asks the agent, briefly, to end its parts of runs while it can still be asked, then calls `cut`, which takes its access;
   * what it has under way then has failed.
   */
  revoke(agent: AgentId, user: string, cut: () => Promise<void>): Promise<void>;
  get(id: RunId): Promise<Run | undefined>;
  /** With everything the hub has in mind of it: for whoever judges it. */
  known(id: RunId): Promise<KnownRun | undefined>;
  /** Resolves to the run as it ended, or as it is when the hub stops; undefined when there is no such run. */
  ended(id: RunId): Promise<Run | undefined>;
  /** Undefined when there is no such run. */
  rename(id: RunId, name: string): Promise<Run | undefined>;
  /** Notes what the run is worth as evidence. */
  judged(id: RunId, validity: Validity): Promise<void>;
  stop(): Promise<void>;
}

/** A run whose id is known before it is made. */
export interface MadeRun {
  readonly id: RunId;
  readonly origin: RunOrigin;
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
  const { agents, database, dispatcher, now, log } = deps;
  const store = openRunStore(database, now);
  const results = openRunResults(database);
  const runs = openKnownRuns({ store, results, now });
  const isTrusted = (agent: AgentId) => agents.get(agent)?.revokedAtMs === null;
  const nameOf = (agent: AgentId) => agents.get(agent)?.name ?? agent;
  const candidates = (): readonly LoadCandidate[] =>
    agents.all().map((agent) => ({ ...agent, state: deps.stateOf(agent) }));
  const active = () => runs.active();
  const load = (run: RunId) => runs.load(run);

  const reading = openRunReading({ database, store, results, runs, nameOf });
  const watching = openWatching((known) => reading.viewOf(known));
  const change = openChanges({ store, nameOf, changed: watching.tellRun });
  const endings = openEndings({ dispatcher, change, active, now, log });
  const launching = openLaunch({ dispatcher, change, endings, nameOf, now, log });
  const searches = openSearches({
    runs,
    change,
    launch: launching.launch,
    viewOf: reading.viewOf,
    ended: watching.ended,
    now,
    log,
  });
  const taking = openTaking({ load, change, told: watching.tellInterval, now, log });

  for (const id of await store.unended()) await runs.load(id);
  for (const known of active()) await takeUp(known);

  const stream = await startResults({
    connection: deps.connection,
    bucket: deps.bucket,
    results,
    load,
    isTrusted,
    stored: taking.stored,
    rejected: deps.rejected,
    laneEnded: deps.laneEnded,
    log,
  });
  const leases = startLeases({ dispatcher, active, lost: endings.lost, now, log });

  /** Sent or not when the hub stopped: each agent's answer to its lease tells. */
  async function takeUp(known: KnownRun): Promise<void> {
    if (known.record.search !== undefined) {
      await searches.giveUp(known);
      for (const step of active())
        if (step.record.partOf === known.record.id) await endings.ask(step, "the hub");
      return;
    }
    // Also when every part had ended and the run's own row had not followed.
    await change(known, { ...begun, run: {} });
    for (const [agent, part] of known.assignments) {
      part.isTaken = true;
      // The hub went away between an agent's revocation and the end of its part.
      if (!isTrusted(agent)) await endings.lost(known, agent, revokedCause);
    }
  }

  async function begin(input: NewRun, user: string, made: MadeRun | undefined): Promise<Launched> {
    const before = made === undefined ? undefined : await runs.load(made.id);
    if (before !== undefined) return { kind: "launched", known: before };
    const prepared = prepare(input, candidates());
    if (prepared.kind === "refused") return prepared;
    const inTheWay = obstacle(prepared, active());
    if (inTheWay !== undefined) return inTheWay;
    const { plan, search } = prepared.planned;
    const { agents: chosen, remarks } = prepared;
    const record = {
      name: input.name ?? "",
      plan,
      agents: chosen,
      remarks,
      search: undefined,
      partOf: undefined,
      id: made?.id,
      origin: made?.origin,
      user,
    };
    if (search !== undefined) return await searches.begin(search, record);
    return await launching.launch(addRun(runs, record, now()), plan);
  }

  return {
    async create(input, user, made) {
      const launched = await begin(input, user, made);
      if (launched.kind === "refused") return launched;
      return { kind: "started", run: reading.viewOf(launched.known) };
    },
    async try(input) {
      // How fast is no question of a single request.
      const prepared = prepare(
        isPaced(input) ? input : { ...input, ratePerSecond: 1 },
        candidates(),
      );
      if (prepared.kind === "refused") return prepared;
      const [agent] = prepared.agents;
      if (agent === undefined || prepared.agents.length > 1)
        return refused(
          "invalid-request",
          `one agent tries a request, and ${prepared.agents.length} are meant`,
          prepared.field,
        );
      return await tryOnce(dispatcher, agent.id, prepared.planned.plan);
    },
    async cancel(id, user) {
      const known = await runs.load(id);
      if (known === undefined) return undefined;
      if (!hasEnded(known.record)) {
        await endings.ask(known, user);
        await watching.ended(known, runLimits.cancelWaitMs);
      }
      return reading.viewOf(known);
    },
    revoke: endings.revoke,
    async get(id) {
      const known = await runs.load(id);
      return known === undefined ? undefined : reading.viewOf(known);
    },
    known: load,
    async ended(id) {
      const known = await runs.load(id);
      if (known === undefined) return undefined;
      await watching.ended(known);
      return reading.viewOf(known);
    },
    async rename(id, name) {
      const known = await runs.load(id);
      if (known === undefined) return undefined;
      await change(known, { run: { name } });
      return reading.viewOf(known);
    },
    async judged(id, validity) {
      const known = await runs.load(id);
      if (known !== undefined) await change(known, { run: { validity } });
    },
    list: reading.list,
    timeline: reading.timeline,
    spectrum: reading.spectrum,
    onInterval: watching.onInterval,
    onRun: watching.onRun,
    async stop() {
      launching.stop();
      taking.stop();
      watching.stop();
      await searches.stop();
      await leases.stop();
      await stream.stop();
    },
  };
}

const isPaced = ({ pacing, preset, ratePerSecond }: NewRun) =>
  pacing !== undefined || preset !== undefined || ratePerSecond !== undefined;
