// The METRICS stream → ClickHouse, exactly once. Messages are read in stream order and collected into blocks (block-maker.ts);
// blocks are written one after the other (writer.ts holds the protocol), and the next block is made while one is written.
import type { NatsConnection } from "@nats-io/transport-node";
import type { JsMsg } from "@nats-io/jetstream";
import { type AgentId, type BootId, parseMessageId, parseSubject, streams } from "@tidemark/proto";
import type { Logger } from "pino";
import { type LaneEnded, LaneStreamEnded } from "../lane-watch.ts";
import type { Database } from "../store/database.ts";
import { listParked, loadLedger, loadTables, readParked } from "../store/ingest-rows.ts";
import type { SeriesDirectory } from "../store/series.ts";
import { type Block, type BlockMaker, type StoredBatch, startBlock } from "./block-maker.ts";
import type { FleetHosts } from "./fleet-hosts.ts";
import { mirrorHosts } from "./hosts.ts";
import { createLedger } from "./ledger.ts";
import { ingestLimits } from "./limits.ts";
import type { Incoming } from "./message.ts";
import { createParking, unpark } from "./parking.ts";
import { type Intent, type PositionBucket, openPosition } from "./position.ts";
import type { Range } from "./ranges.ts";
import { openLane, takenAtMs } from "./reader.ts";
import type { Rejected } from "./rejections.ts";
import { startRollup } from "./rollup.ts";
import { createTables } from "./tables.ts";
import { type IngestStats, createThroughput } from "./throughput.ts";
import { createWriter } from "./writer.ts";

export type { StoredBatch } from "./block-maker.ts";

/** What ingest tells the metrics page. */
export interface IngestTelemetry {
  blockStored(block: { rows: number; messages: number; duplicates: number; seconds: number }): void;
  blockRetried(): void;
  /** Numbers of the ledger that were given up because one agent had too many holes. */
  ledgerGaveUp(numbers: number): void;
}

export interface IngestDeps {
  readonly connection: NatsConnection;
  readonly database: Database;
  readonly series: SeriesDirectory;
  readonly bucket: PositionBucket;
  readonly agents: FleetHosts;
  readonly rejected: Rejected;
  /** Asks the agent to send the series table with this hash again. */
  readonly askSeries: (agent: AgentId, hash: string) => void;
  readonly stored: (batch: StoredBatch) => void;
  readonly now: () => number;
  readonly telemetry: IngestTelemetry;
  readonly laneEnded: LaneEnded;
  readonly log: Logger;
}

export interface Ingest {
  stats(): IngestStats;
  /** Record numbers of the agent's metrics lane, within first … next − 1, that are not stored although a later one is. */
  missing(agent: AgentId, boot: BootId, firstSeq: number, nextSeq: number): Range[];
  /** Why it ended by itself: another hub took over. */
  failure(): Error | undefined;
  stop(): Promise<void>;
}

const tickMs = 50;

export async function startIngest(deps: IngestDeps): Promise<Ingest> {
  const { database, series, agents, log, now } = deps;
  const lane = await openLane(deps.connection, streams.metrics.name, log);
  const stream = await lane.state();
  const keeper = await openPosition(deps.bucket, "metrics", stream.created);
  const { rows, block: ledgerBlock } = await loadLedger(database);
  const ledger = createLedger(rows, ledgerBlock, (numbers) => deps.telemetry.ledgerGaveUp(numbers));
  const tables = createTables(await loadTables(database, ingestLimits.agentTablesMax), series);
  const parking = createParking(await listParked(database));
  const hosts = await mirrorHosts(agents, database, now, log);
  const rollup = startRollup(database, now, log);
  const abort = new AbortController();
  const writer = createWriter(
    { database, keeper, parking, retried: () => deps.telemetry.blockRetried(), log },
    abort.signal,
  );
  const throughput = createThroughput(now);
  const asked = new Map<string, number>();
  let rejectedTotal = 0;
  let failed: Error | undefined;
  let stopping = false;

  // A power cut may have taken the end of the stream but not the position; the ledger knows what comes again.
  let readSeq = Math.min(keeper.position.last, stream.lastSeq);
  let number = Math.max(keeper.position.block, ledgerBlock);
  let maker: BlockMaker | undefined;
  let makerSinceMs = 0;
  /** Set while a block is being begun, which reads parked batches. */
  let beginning: Promise<void> | undefined;
  let writing: Promise<void> = Promise.resolve();
  let purged = 0;
  let purgedAtMs = 0;
  let pendingInStream = 0;

  const state = { hostOf: (agent: AgentId) => agents.get(agent), ledger, tables, series, parking };
  const events = {
    rejected: (agent: AgentId | null, what: string, reason: string) => {
      rejectedTotal += 1;
      deps.rejected(agent, what, reason);
    },
    tableWanted(agent: AgentId, hash: string) {
      const key = `${agent} ${hash}`;
      if (now() - (asked.get(key) ?? 0) < ingestLimits.askAgainMs) return;
      if (asked.size >= 10_000) asked.clear();
      asked.set(key, now());
      deps.askSeries(agent, hash);
    },
  };

  const intent = keeper.position.intent;
  let again: Intent | undefined;
  if (intent !== null) await resume(intent);
  for (const { host, agent, hash } of parking.waiting()) {
    if (tables.get(host, hash) !== undefined) parking.release(host, hash);
    else events.tableWanted(agent, hash);
  }
  const messages = await lane.read(readSeq);
  const reading = readAll();
  const timer = setInterval(tick, tickMs);

  async function resume(begun: Intent): Promise<void> {
    parking.withdraw(begun.unparked);
    number = Math.max(number, begun.block);
    const whole = ledgerBlock >= begun.block;
    const gone = begun.last >= begun.first && stream.firstSeq > begun.last;
    if (!whole && gone)
      log.warn({ block: begun.block }, "messages of an unfinished block are gone from the broker");
    if (whole || gone) {
      const last = Math.max(begun.last, keeper.position.last);
      await keeper.write({ stream: stream.created, block: begun.block, last, intent: null });
      readSeq = Math.max(readSeq, begun.last);
      return;
    }
    log.info(
      { block: begun.block, first: begun.first, last: begun.last },
      "unfinished block resumed",
    );
    again = begun;
    if (begun.last >= begun.first) return;
    await begin(begun.first);
    void cut();
  }

  async function begin(first: number): Promise<void> {
    const begun = again;
    if (begun === undefined) number += 1;
    const ids = begun?.unparked ?? parking.takeReleased();
    // The block that parked them may still be on its way into the database.
    if (ids.length > 0) await writing;
    const unparked = await readParked(database, ids);
    maker = startBlock(begun?.block ?? number, begun?.first ?? first, ids, begun, state, events);
    makerSinceMs = now();
    for (const row of unparked) maker.add(unpark(row));
  }

  /** Hands the block over to be written; resolves when the one before it is stored, so that at most one waits. */
  function cut(): Promise<void> {
    if (maker === undefined) return writing;
    const block = maker.cut(again?.last ?? readSeq, Math.floor(now() / 1000));
    maker = undefined;
    again = undefined;
    throughput.made(block);
    const before = writing;
    writing = before.then(() => write(block));
    writing.catch(fail);
    return before;
  }

  async function write(block: Block): Promise<void> {
    const startedMs = performance.now();
    await writer.write(block);
    throughput.stored(block);
    deps.telemetry.blockStored({
      rows: block.samples?.rows ?? 0,
      messages: block.messages,
      duplicates: block.duplicates,
      seconds: (performance.now() - startedMs) / 1000,
    });
    for (const batch of block.stored) deps.stored(batch);
  }

  async function take(message: JsMsg): Promise<void> {
    while (beginning !== undefined) await beginning;
    if (message.seq <= readSeq) return;
    // Messages can be gone from the stream: the block that is made again ends where it ended, be it without any.
    if (again !== undefined && message.seq > again.last) {
      if (maker === undefined) await alone(() => begin(message.seq));
      await cut();
    }
    if (maker === undefined) await alone(() => begin(message.seq));
    readSeq = message.seq;
    pendingInStream = message.info.pending;
    maker?.add(incomingOf(message));
    if (again === undefined ? maker?.full === true : readSeq === again.last) await cut();
  }

  function alone(task: () => Promise<void>): Promise<void> {
    beginning = task().finally(() => {
      beginning = undefined;
    });
    return beginning;
  }

  async function readAll(): Promise<void> {
    try {
      let sliceMs = performance.now();
      for await (const message of messages) {
        if (failed !== undefined) return;
        await take(message);
        if (performance.now() - sliceMs < ingestLimits.sliceMs) continue;
        await new Promise((resolve) => setImmediate(resolve));
        sliceMs = performance.now();
      }
      if (!stopping) fail(new LaneStreamEnded());
    } catch (error) {
      fail(error);
    }
  }

  function tick(): void {
    if (failed !== undefined || beginning !== undefined) return;
    if (
      maker !== undefined &&
      again === undefined &&
      now() - makerSinceMs >= ingestLimits.blockAgeMs
    )
      void cut();
    if (maker === undefined && again === undefined && parking.released > 0)
      void alone(async () => {
        await begin(readSeq + 1);
        await cut();
      }).catch(fail);
    const { last } = keeper.position;
    if (last > purged && now() - purgedAtMs >= ingestLimits.purgeEveryMs) {
      purged = last;
      purgedAtMs = now();
      void lane.purge(last);
    }
  }

  function fail(error: unknown): void {
    if (failed !== undefined || stopping) return;
    failed = error instanceof Error ? error : new Error(String(error));
    deps.laneEnded("metrics", failed);
    void lane.stop();
  }

  return {
    stats: () => ({ ...throughput.stats(pendingInStream), rejectedTotal }),
    missing(agent, boot, firstSeq, nextSeq) {
      const host = agents.get(agent)?.host;
      return host === undefined ? [] : ledger.missing(host, boot, firstSeq, nextSeq - 1);
    },
    failure: () => failed,
    async stop() {
      stopping = true;
      clearInterval(timer);
      await lane.stop();
      await reading;
      await beginning;
      // What is not cut stays in the stream. What is cut is written, or, when the database is away, made again later.
      abort.abort();
      await writing.catch(() => undefined);
      await rollup.stop();
      await hosts.stop();
    },
  };
}

function incomingOf(message: JsMsg): Incoming {
  const subject = parseSubject(message.subject);
  const ours = subject?.kind === "metrics" || subject?.kind === "series" ? subject : undefined;
  const id = message.headers?.get("Nats-Msg-Id");
  return {
    streamSeq: message.seq,
    agent: ours?.agent,
    kind: ours?.kind === "series" ? "table" : "batch",
    record: ours === undefined || !id ? undefined : parseMessageId(id, ours.agent),
    frame: message.data,
    takenAtMs: takenAtMs(message),
  };
}
