// The RESULTS stream → intervals, histograms and finals in ClickHouse. Each interval of a run counts once, whatever is
// delivered again; a result of a run that is not its sender's is refused. Store first, then move the position.
import type { NatsConnection } from "@nats-io/transport-node";
import {
  type AgentId,
  type DriverName,
  type RunId,
  isInstalledDriver,
  streams,
} from "@tidemark/proto";
import type { Logger } from "pino";
import { ingestLimits } from "../ingest/limits.ts";
import { type PositionBucket, PositionTaken, openPosition } from "../ingest/position.ts";
import { openLane } from "../ingest/reader.ts";
import type { Rejected } from "../ingest/rejections.ts";
import { type LaneEnded, LaneStreamEnded } from "../lane-watch.ts";
import type { RunResults, StoredInterval } from "../store/run-results.ts";
import type { KnownAssignment, KnownRun } from "./known-run.ts";
import { runLimits } from "./limits.ts";
import { type Result, readResult } from "./result.ts";

export type Final = Extract<Result, { kind: "final" }>;

export interface ResultsDeps {
  readonly connection: NatsConnection;
  readonly bucket: PositionBucket;
  readonly results: RunResults;
  readonly load: (run: RunId) => Promise<KnownRun | undefined>;
  /** Whether results of this agent count. */
  readonly isTrusted: (agent: AgentId) => boolean;
  /** After the rows are stored; a throw means not stored, and the same comes again. */
  readonly stored: (
    intervals: readonly StoredInterval[],
    finals: readonly Final[],
  ) => Promise<void>;
  readonly rejected: Rejected;
  readonly laneEnded: LaneEnded;
  readonly log: Logger;
}

const positionKey = "results";

export async function startResults(deps: ResultsDeps): Promise<{ stop(): Promise<void> }> {
  const { log, rejected } = deps;
  const lane = await openLane(deps.connection, streams.results.name, log);
  const stream = await lane.state();
  const keeper = await openPosition(deps.bucket, positionKey, stream.created);
  let readSeq = Math.min(keeper.position.last, stream.lastSeq);
  let storedSeq = readSeq;
  let purgedSeq = readSeq;
  const intervals = new Map<string, StoredInterval>();
  const finals = new Map<string, Final>();
  let flushing: Promise<void> | undefined;
  let isStopped = false;
  let failed = false;
  const messages = await lane.read(readSeq);

  /** Stores what waits; on failure it keeps waiting and the next round tries again. */
  const flush = (): Promise<void> => {
    flushing ??= store().finally(() => {
      flushing = undefined;
    });
    return flushing;
  };

  async function store(): Promise<void> {
    if (readSeq === storedSeq || failed) return;
    const last = readSeq;
    const someIntervals = [...intervals];
    const someFinals = [...finals];
    try {
      await deps.results.insert(
        someIntervals.map(([, interval]) => interval),
        someFinals.map(
          ([
            ,
            {
              run,
              agent,
              final: { source },
              histograms,
            },
          ]) => ({
            run,
            agent,
            index: -1,
            histograms,
            source,
          }),
        ),
      );
      await deps.stored(
        someIntervals.map(([, interval]) => interval),
        someFinals.map(([, final]) => final),
      );
      for (const [key] of someIntervals) intervals.delete(key);
      for (const [key] of someFinals) finals.delete(key);
      await keeper.write({ ...keeper.position, last, intent: null });
      storedSeq = last;
    } catch (err) {
      if (err instanceof PositionTaken) return fail(err);
      log.warn({ err, intervals: someIntervals.length }, "run results could not be stored");
    }
  }

  async function take(subject: string, data: Uint8Array): Promise<void> {
    const accepted = readResult(subject, data);
    if (accepted.kind === "refused") {
      rejected(accepted.agent, accepted.what, accepted.reason);
      return;
    }
    const { result } = accepted;
    const { run, agent } = result.kind === "interval" ? result.interval : result;
    if (!deps.isTrusted(agent)) {
      rejected(agent, "agent", "an unknown or revoked agent sent a run's result");
      return;
    }
    const known = await loaded(run);
    if (known === undefined) rejected(agent, "run", `there is no run ${run}`);
    else {
      const part = known.assignments.get(agent);
      if (part === undefined) rejected(agent, "run", `run ${run} is not this agent's`);
      else keep(part, known.record.plan.driver, result);
    }
  }

  function keep(part: KnownAssignment, driver: DriverName, result: Result): void {
    if (result.kind === "final") {
      // A part ends once: what its agent said first holds.
      const key = `${result.run} ${result.agent}`;
      if (part.record.final === undefined && !finals.has(key)) finals.set(key, result);
      return;
    }
    const { run, agent, index } = result.interval;
    if (part.indices.has(index)) return;
    const source = sourceOf(driver);
    intervals.set(`${run} ${agent} ${index}`, { ...result.interval, source });
  }

  /** A database that is away stops the reading, not the broker's keeping. */
  async function loaded(run: RunId): Promise<KnownRun | undefined> {
    while (!isStopped) {
      try {
        return await deps.load(run);
      } catch (err) {
        log.warn({ err, run }, "run could not be looked up");
        await pause(ingestLimits.retryMs);
      }
    }
    return undefined;
  }

  async function readAll(): Promise<void> {
    for await (const message of messages) {
      if (isStopped) return;
      await take(message.subject, message.data);
      // Stopped while it was looked up: it was not taken, and comes again at the next start.
      if (isStopped) return;
      readSeq = message.seq;
      while (intervals.size >= runLimits.resultsPerInsertMax && !isStopped) {
        await flush();
        if (intervals.size >= runLimits.resultsPerInsertMax) await pause(ingestLimits.retryMs);
      }
    }
  }

  function fail(cause: unknown): void {
    if (isStopped) return;
    isStopped = true;
    failed = true;
    deps.laneEnded("results", cause);
    void lane.stop();
  }

  const reading = readAll().then(() => fail(new LaneStreamEnded()), fail);
  const flushTimer = setInterval(() => void flush(), runLimits.flushEveryMs);
  const purgeTimer = setInterval(() => {
    if (storedSeq <= purgedSeq) return;
    purgedSeq = storedSeq;
    void lane.purge(storedSeq);
  }, ingestLimits.purgeEveryMs);

  return {
    async stop() {
      isStopped = true;
      clearInterval(flushTimer);
      clearInterval(purgeTimer);
      await lane.stop();
      await reading;
      await flush();
    },
  };
}

/** Who measures a second: only the final says how exact an installed program was, so that it counts as not until then. */
function sourceOf(driver: DriverName): StoredInterval["source"] {
  return isInstalledDriver(driver)
    ? { generator: driver, exact: false }
    : { generator: "tidemark", exact: true };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
