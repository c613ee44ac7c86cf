// The hub about itself, for Prometheus: everything counted is named here, once.
import type { NatsConnection } from "@nats-io/transport-node";
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { agentStates } from "@tidemark/proto";
import type { Broker } from "./broker/broker.ts";
import type { Presence } from "./fleet/presence.ts";
import type { Ingest, IngestTelemetry } from "./ingest/ingest.ts";
import type { JudgingTelemetry } from "./evidence/judging.ts";
import type { Live } from "./live.ts";
import type { SharingTelemetry } from "./sharing/books.ts";
import type { AgentRegistry } from "./state/agents.ts";
import type { DeliveryOutcome } from "./webhooks/deliveries.ts";

/** The parts whose numbers are read; reading must not block. */
export interface ObservedParts {
  readonly agents: Pick<AgentRegistry, "all">;
  readonly presence: Pick<Presence, "view">;
  readonly ingest: Pick<Ingest, "stats" | "failure">;
  readonly live: Pick<Live, "watchers">;
  readonly broker: Pick<Broker, "isConnected"> & {
    readonly connection: Pick<NatsConnection, "stats">;
  };
  readonly now: () => number;
}

export interface Telemetry {
  /** Exposition text for GET /metrics. */
  expose(): Promise<string>;
  readonly contentType: string;
  readonly http: {
    readonly answered: (method: string, route: string, status: number, seconds: number) => void;
  };
  readonly live: {
    readonly opened: (open: number) => void;
    /** A client that did not read was cut. */
    readonly dropped: () => void;
  };
  /** Something from an agent was refused. */
  readonly rejected: (what: string) => void;
  readonly ingest: IngestTelemetry;
  /** What became of a delivery to a webhook. */
  readonly webhookDelivery: (outcome: DeliveryOutcome) => void;
  readonly judging: JudgingTelemetry;
  readonly sharing: SharingTelemetry;
  /** Begins to read, whenever Prometheus asks, what the parts count by themselves. */
  observe(parts: ObservedParts): void;
}

export function createTelemetry(version: string): Telemetry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "tidemark_hub_build_info",
    help: "1, with the hub's version",
    labelNames: ["version"],
    registers,
  }).set({ version }, 1);
  const answered = new Histogram({
    name: "tidemark_hub_http_request_duration_seconds",
    help: "Time to answer HTTP requests, by route",
    labelNames: ["method", "route", "status"],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
    registers,
  });
  const open = new Gauge({
    name: "tidemark_hub_live_streams",
    help: "Live streams open now",
    registers,
  });
  const dropped = new Counter({
    name: "tidemark_hub_live_streams_dropped_total",
    help: "Live streams cut because their client did not read",
    registers,
  });
  const rejected = new Counter({
    name: "tidemark_hub_rejections_total",
    help: "What agents sent and the hub refused, by kind",
    labelNames: ["what"],
    registers,
  });
  const blocks = new Histogram({
    name: "tidemark_hub_ingest_block_duration_seconds",
    help: "Time to write one block of samples",
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 5],
    registers,
  });
  const ingestCounter = (what: string, help: string) =>
    new Counter({ name: `tidemark_hub_ingest_${what}_total`, help, registers });
  const rows = ingestCounter("samples", "Samples stored");
  const messages = ingestCounter("messages", "Messages stored");
  const duplicates = ingestCounter("duplicates", "Messages that were stored before");
  const retries = ingestCounter("block_retries", "Blocks written again after a failure");
  const gaveUp = ingestCounter("gave_up", "Record numbers given up: too many holes");

  const judged = new Counter({
    name: "tidemark_hub_runs_judged_total",
    help: "Runs judged as evidence, by validity",
    labelNames: ["level"],
    registers,
  });
  const judgingCounter = (what: string, help: string) =>
    new Counter({ name: `tidemark_hub_judging_${what}_total`, help, registers });
  const judgingRetries = judgingCounter("retries", "Runs judged again after a failure");
  const judgingLeft = judgingCounter("left", "Runs left unjudged until the hub starts again");

  const webhookDeliveries = new Counter({
    name: "tidemark_hub_webhook_deliveries_total",
    help: "Deliveries to webhooks: delivered, refused, given up after the last attempt, or dropped from a full queue",
    labelNames: ["outcome"],
    registers,
  });

  const sharingEvents = new Counter({
    name: "tidemark_hub_sharing_events_total",
    help: "What became of reports to the maintainers and of their deletions: frozen, sent, failed, given-up, dropped, exported, deletion-sent, deletion-failed",
    labelNames: ["event"],
    registers,
  });
  const sharingRefusals = new Counter({
    name: "tidemark_hub_sharing_refusals_total",
    help: "Reports and deletions the receiver refused, by its reason",
    labelNames: ["reason"],
    registers,
  });
  const sharingWaiting = new Gauge({
    name: "tidemark_hub_sharing_waiting",
    help: "Reports and deletions that wait to be sent",
    registers,
  });

  const gauge = (what: string, help: string, read: () => number) =>
    new Gauge({
      name: `tidemark_hub_${what}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const total = (what: string, help: string, read: () => number) =>
    new Counter({
      name: `tidemark_hub_${what}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });

  return {
    expose: () => registry.metrics(),
    contentType: registry.contentType,
    http: {
      answered: (method, route, status, seconds) =>
        answered.observe({ method, route, status: `${Math.trunc(status / 100)}xx` }, seconds),
    },
    live: { opened: (count) => open.set(count), dropped: () => dropped.inc() },
    rejected: (what) => rejected.inc({ what }),
    webhookDelivery: (outcome) => webhookDeliveries.inc({ outcome }),
    ingest: {
      blockStored(block) {
        blocks.observe(block.seconds);
        rows.inc(block.rows);
        messages.inc(block.messages);
        duplicates.inc(block.duplicates);
      },
      blockRetried: () => retries.inc(),
      ledgerGaveUp: (numbers) => gaveUp.inc(numbers),
    },
    judging: {
      judged: (level) => judged.inc({ level }),
      retried: () => judgingRetries.inc(),
      left: () => judgingLeft.inc(),
    },
    sharing: {
      happened: (event) => sharingEvents.inc({ event }),
      refused: (reason) => sharingRefusals.inc({ reason }),
      waiting: (count) => sharingWaiting.set(count),
    },
    observe({ agents, presence, ingest, live, broker, now }) {
      new Gauge({
        name: "tidemark_hub_agents",
        help: "Agents by state",
        labelNames: ["state"],
        registers,
        collect() {
          const counts = new Map<string, number>(agentStates.map((state) => [state, 0]));
          for (const record of agents.all()) {
            const { state } = presence.view(record, now());
            counts.set(state, (counts.get(state) ?? 0) + 1);
          }
          for (const [state, count] of counts) this.set({ state }, count);
        },
      });
      gauge(
        "ingest_messages_pending",
        "Messages in the broker's stream that are not yet read",
        () => ingest.stats().messagesPending,
      );
      gauge(
        "ingest_lag_seconds",
        "Age of the oldest message that is not stored",
        () => ingest.stats().lagSeconds ?? 0,
      );
      gauge("ingest_running", "0 after ingest ended by itself", () =>
        ingest.failure() === undefined ? 1 : 0,
      );
      gauge("live_watchers", "Watchers of the live fan-out", live.watchers);
      gauge("broker_connected", "1 while the hub is connected to its broker", () =>
        broker.isConnected() ? 1 : 0,
      );
      total(
        "broker_bytes_in",
        "Bytes received from the broker",
        () => broker.connection.stats().inBytes,
      );
      total(
        "broker_bytes_out",
        "Bytes sent to the broker",
        () => broker.connection.stats().outBytes,
      );
    },
  };
}
