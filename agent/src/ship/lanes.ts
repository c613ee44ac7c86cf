// Where everything the agent has to say goes: into its lane's outbox first, then to the shipper. Nothing here throws or waits.
import { join } from "node:path";
import {
  type AgentEvent,
  type Beat,
  type BootId,
  type Lane,
  type RunFinal,
  type RunId,
  type RunInterval,
  lanes as laneNames,
  wireLimits,
} from "@tidemark/proto";
import { type DropReason, Outbox, type OutboxCounts } from "../outbox/outbox.ts";
import type { DiskState } from "../outbox/ring.ts";
import { LaneShipper, type Send } from "./lane-shipper.ts";
import type { Outcome } from "./publish.ts";
import { type TableStore, openTables } from "./tables.ts";
import { eventsTopic, finalTopic, intervalTopic, metricsTopic, seriesTopic } from "./topic.ts";

export interface Lanes {
  readonly metrics: (frame: Uint8Array) => void;
  readonly series: (hash: string, frame: Uint8Array) => void;
  readonly event: (event: AgentEvent) => void;
  readonly interval: (run: RunId, interval: RunInterval) => void;
  readonly final: (run: RunId, final: RunFinal) => void;
}

export interface ShippingOptions {
  /** `<dataDir>/outbox`. */
  readonly directory: string;
  readonly boot: BootId;
  readonly bytesMax: number;
  readonly ageSecondsMax: number;
  /** Metrics records made per second, for the pace of replays. */
  readonly metricsPerSecond: number;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  readonly random: () => number;
  readonly report: ShippingReport;
}

/** What the telemetry counts. */
export interface ShippingReport {
  readonly disk: (lane: Lane, state: DiskState) => void;
  readonly dropped: (lane: Lane, records: number, why: DropReason) => void;
  /** A record larger than a message may be. */
  readonly refused: (lane: Lane, bytes: number) => void;
  readonly settled: (lane: Lane, outcome: Outcome) => void;
}

export interface Shipping {
  readonly lanes: Lanes;
  /** The broker is there: fresh records go to `send` at once, the rest behind them. */
  connected(send: Send): void;
  disconnected(): void;
  /** Makes metrics records unsent again; how many are still held. */
  readonly replay: (boot: BootId, firstSeq: number, lastSeq: number) => number;
  /** Sends a kept series table again; false when it is not kept. */
  readonly resendTable: (hash: string) => boolean;
  states(): Beat["lanes"];
  counts(lane: Lane): OutboxCounts;
  /** Whether nothing waits for an acknowledgement. */
  isQuiet(): boolean;
  stop(): void;
}

/** Replays go at five times the pace at which records are made, and at 5 a second at least. */
const replayFactor = 5;
const replayPerSecondMin = 5;
const keepAckedMs = 300_000;
const maintainEveryMs = 1_000;
/** Message headers count towards the broker's limit too. */
const recordBytesMax = wireLimits.messageBytesMax - 1_024;
const memoryBytesMax = 4_194_304;
/** Part of the metrics lane's disk that the other lanes may use. */
const shares: Record<Lane, number> = { metrics: 1, events: 1 / 8, results: 1 / 2 };
/** The latest table goes out again after a reconnect, but not more often than this. */
const tableEveryMs = 60_000;

export function startShipping(options: ShippingOptions): Shipping {
  const { report, monotonicMs } = options;
  const open = (lane: Lane) => openLane(lane, options);
  const parts = { metrics: open("metrics"), events: open("events"), results: open("results") };
  const all = laneNames.map((lane) => parts[lane]);
  const tables: TableStore = openTables(join(options.directory, "tables"), (cause) =>
    report.disk("metrics", { kind: "failed", cause }),
  );
  const timer = setInterval(() => {
    for (const { outbox } of all) outbox.maintain();
  }, maintainEveryMs);

  const put = (lane: Lane, topic: string, body: Uint8Array) => {
    const { outbox, shipper } = parts[lane];
    const seq = outbox.append(topic, body);
    if (seq === undefined) report.refused(lane, body.length);
    else shipper.offer({ boot: options.boot, seq, topic, body, atSeconds: 0 });
  };
  const putJson = (lane: Lane, topic: string, value: AgentEvent | RunInterval | RunFinal) =>
    put(lane, topic, Buffer.from(JSON.stringify(value), "utf8"));

  let latestTable: string | undefined;
  let tableAtMs = Number.NEGATIVE_INFINITY;
  const sendTable = (hash: string, frame: Uint8Array) => {
    tableAtMs = monotonicMs();
    put("metrics", seriesTopic, frame);
    latestTable = hash;
  };
  const resendTable = (hash: string) => {
    const frame = tables.find(hash);
    if (frame !== undefined) sendTable(hash, frame);
    return frame !== undefined;
  };

  return {
    lanes: {
      metrics: (frame) => put("metrics", metricsTopic, frame),
      series(hash, frame) {
        tables.keep(hash, frame);
        sendTable(hash, frame);
      },
      event: (event) => putJson("events", eventsTopic, event),
      interval: (run, interval) => putJson("results", intervalTopic(run), interval),
      final: (run, final) => putJson("results", finalTopic(run), final),
    },
    connected(send) {
      for (const { shipper } of all) shipper.connected(send);
      if (latestTable !== undefined && monotonicMs() - tableAtMs > tableEveryMs)
        resendTable(latestTable);
    },
    disconnected() {
      for (const { shipper } of all) shipper.disconnected();
    },
    replay(boot, firstSeq, lastSeq) {
      const count = parts.metrics.outbox.unack(boot, firstSeq, lastSeq);
      if (count > 0) parts.metrics.shipper.wake();
      return count;
    },
    resendTable,
    states: () => ({
      metrics: parts.metrics.outbox.state(),
      events: parts.events.outbox.state(),
      results: parts.results.outbox.state(),
    }),
    counts: (lane) => parts[lane].outbox.counts(),
    isQuiet: () => all.every(({ shipper }) => shipper.isQuiet),
    stop() {
      clearInterval(timer);
      for (const { shipper, outbox } of all) {
        shipper.disconnected();
        outbox.close();
      }
    },
  };
}

function openLane(lane: Lane, options: ShippingOptions): { outbox: Outbox; shipper: LaneShipper } {
  const { boot, now, monotonicMs, random, report } = options;
  const outbox = new Outbox({
    directory: join(options.directory, lane),
    boot,
    limits: {
      bytesMax: Math.floor(options.bytesMax * shares[lane]),
      ageMsMax: options.ageSecondsMax * 1_000,
      keepAckedMs,
      recordBytesMax,
      memoryBytesMax,
    },
    now,
    monotonicMs,
    onDisk: (state) => report.disk(lane, state),
    onDropped: (records, why) => report.dropped(lane, records, why),
  });
  const perSecond = lane === "metrics" ? options.metricsPerSecond : 1;
  const shipper = new LaneShipper({
    outbox,
    replayPerSecond: Math.max(replayPerSecondMin, replayFactor * perSecond),
    monotonicMs,
    random,
    settled: (_record, outcome) => report.settled(lane, outcome),
  });
  return { outbox, shipper };
}
