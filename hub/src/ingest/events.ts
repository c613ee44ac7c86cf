// The EVENTS stream → inventory, processes, notices. A row's key holds the event's identity, so storing one twice changes nothing:
// store, then move the position. What is stored is purged from the stream like the metrics are.
import type { NatsConnection } from "@nats-io/transport-node";
import type { JsMsg } from "@nats-io/jetstream";
import {
  MessageRejected,
  parseEvent,
  parseMessageId,
  parseSubject,
  streams,
  wireLimits,
} from "@tidemark/proto";
import type { Logger } from "pino";
import { type LaneEnded, LaneStreamEnded } from "../lane-watch.ts";
import type { Database } from "../store/database.ts";
import { type StoredEvent, insertEvents } from "../store/events.ts";
import type { FleetHosts } from "./fleet-hosts.ts";
import { ingestLimits } from "./limits.ts";
import { type PositionBucket, PositionTaken, openPosition } from "./position.ts";
import { openLane, takenAtMs } from "./reader.ts";
import type { Rejected } from "./rejections.ts";

export interface EventsDeps {
  readonly connection: NatsConnection;
  readonly database: Database;
  readonly bucket: PositionBucket;
  readonly agents: FleetHosts;
  readonly rejected: Rejected;
  readonly laneEnded: LaneEnded;
  readonly log: Logger;
}

const flushEveryMs = 250;
const eventsPerInsertMax = 500;

export async function startEvents(deps: EventsDeps): Promise<{ stop(): Promise<void> }> {
  const { database, log } = deps;
  const lane = await openLane(deps.connection, streams.events.name, log);
  const stream = await lane.state();
  const keeper = await openPosition(deps.bucket, "events", stream.created);
  let readSeq = Math.min(keeper.position.last, stream.lastSeq);
  let storedSeq = readSeq;
  let purged = readSeq;
  let waiting: StoredEvent[] = [];
  let flushing: Promise<void> | undefined;
  let stopped = false;
  let failed = false;
  const messages = await lane.read(readSeq);

  /** Stores what waits; on failure it keeps waiting and the next round tries again. */
  function flush(): Promise<void> {
    flushing ??= store().finally(() => {
      flushing = undefined;
    });
    return flushing;
  }

  async function store(): Promise<void> {
    if (readSeq === storedSeq || failed) return;
    const batch = waiting;
    const last = readSeq;
    waiting = [];
    try {
      await insertEvents(database, batch);
      await keeper.write({ ...keeper.position, last, intent: null });
      storedSeq = last;
    } catch (err) {
      waiting = [...batch, ...waiting];
      if (err instanceof PositionTaken) return fail(err);
      log.warn({ err, events: batch.length }, "events could not be stored");
    }
  }

  async function readAll(): Promise<void> {
    for await (const message of messages) {
      if (stopped) return;
      const event = accept(message, deps);
      if (event !== undefined) waiting.push(event);
      readSeq = message.seq;
      // Backpressure: a database that is away stops the reading, not the broker's keeping.
      while (waiting.length >= eventsPerInsertMax && !stopped) {
        await flush();
        if (waiting.length >= eventsPerInsertMax)
          await new Promise((resolve) => setTimeout(resolve, ingestLimits.retryMs));
      }
    }
  }

  function fail(cause: unknown): void {
    if (stopped) return;
    stopped = true;
    failed = true;
    deps.laneEnded("events", cause);
    void lane.stop();
  }

  const reading = readAll().then(() => fail(new LaneStreamEnded()), fail);
  const flushTimer = setInterval(() => void flush(), flushEveryMs);
  const purgeTimer = setInterval(() => {
    if (storedSeq <= purged) return;
    purged = storedSeq;
    void lane.purge(storedSeq);
  }, ingestLimits.purgeEveryMs);

  return {
    async stop() {
      stopped = true;
      clearInterval(flushTimer);
      clearInterval(purgeTimer);
      await lane.stop();
      await reading;
      await flush();
    },
  };
}

/** The event of a message, or undefined when it is refused. */
function accept(message: JsMsg, { agents, rejected }: EventsDeps): StoredEvent | undefined {
  const subject = parseSubject(message.subject);
  if (subject?.kind !== "events") {
    rejected(null, "subject", "no agent publishes on this subject");
    return undefined;
  }
  const { agent } = subject;
  const record = agents.get(agent);
  const taken = takenAtMs(message);
  if (record === undefined || (record.revokedAtMs !== null && taken >= record.revokedAtMs)) {
    rejected(agent, "agent", record === undefined ? "unknown agent" : "revoked agent");
    return undefined;
  }
  const id = parseMessageId(message.headers?.get("Nats-Msg-Id") ?? "", agent);
  if (id === undefined) {
    rejected(agent, "message-id", "an event without the agent's own Nats-Msg-Id");
    return undefined;
  }
  try {
    const event = parseEvent(message.data);
    const aheadSeconds = Math.round((event.atMs - taken) / 1000);
    if (aheadSeconds > wireLimits.futureSecondsMax || -aheadSeconds > wireLimits.pastSecondsMax) {
      rejected(agent, "time", `an event ${aheadSeconds} s away from its arrival`);
      return undefined;
    }
    return { host: record.host, ...id, event };
  } catch (error) {
    if (!(error instanceof MessageRejected)) throw error;
    rejected(agent, "event", error.reason);
    return undefined;
  }
}
