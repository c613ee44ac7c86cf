// The hub about itself, for Prometheus: everything counted is named here, once.
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

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
  /** A value read when Prometheus asks; `read` must not block. */
  gauge(name: `tidemark_hub_${string}`, help: string, read: () => number): void;
  /** A counter kept elsewhere, read when Prometheus asks. */
  total(name: `tidemark_hub_${string}_total`, help: string, read: () => number): void;
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
  return {
    expose: () => registry.metrics(),
    contentType: registry.contentType,
    http: {
      answered: (method, route, status, seconds) =>
        answered.observe({ method, route, status: `${Math.trunc(status / 100)}xx` }, seconds),
    },
    live: { opened: (count) => open.set(count), dropped: () => dropped.inc() },
    rejected: (what) => rejected.inc({ what }),
    gauge(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    total(name, help, read) {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    },
  };
}
