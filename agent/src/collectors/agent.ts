// The agent observes itself: what it costs, how its collectors do, what waits in its outboxes and how its clock compares with the hub's.
import type { Labels, MetricName } from "@tidemark/proto";
import type { Collector, CollectorHealth, SelfReadings, Sink, Slot } from "./collector.ts";

export const agent = {
  name: "agent",
  everySeconds: 10,
  open(host, sink) {
    const cpuTime = sink.add("tidemark.agent.cpu.time");
    const resident = sink.add("tidemark.agent.memory.rss");
    const duration = sink.add("tidemark.agent.tick.duration");
    const lateness = sink.add("tidemark.agent.tick.lateness");
    const missed = sink.add("tidemark.agent.tick.missed");
    const series = sink.add("tidemark.agent.series");
    const refused = sink.add("tidemark.agent.series.refused");
    const hubOffset = sink.add("system.clock.hub_offset");
    const healths = new Map<string, HealthSlots>();
    const outboxes = new Map<string, OutboxSlots>();
    const refusals = new Map<string, Slot>();
    const loads = new Map<string, Slot>();
    return {
      read() {
        const spent = process.cpuUsage();
        sink.set(cpuTime, (spent.user + spent.system) / 1_000_000);
        sink.set(resident, process.memoryUsage.rss());
        const sampling = host.sampling();
        sink.set(duration, sampling.durationMs);
        sink.set(lateness, sampling.latenessMs);
        sink.set(missed, sampling.missed);
        sink.set(series, sampling.series);
        sink.set(refused, sampling.seriesRefused);
        for (const health of sampling.collectors) setHealth(sink, healths, health);
        const self = host.self();
        sink.set(hubOffset, self.hubOffsetMs ?? Number.NaN);
        for (const outbox of self.outboxes) setOutbox(sink, outboxes, outbox);
        for (const [code, count] of Object.entries(self.tasksRefused))
          setCount(sink, refusals, "tidemark.agent.tasks.refused", { code }, count);
        for (const [kind, count] of Object.entries(self.loadStarted))
          setCount(sink, loads, "tidemark.agent.load.started", { kind }, count);
      },
      close() {
        healths.clear();
        outboxes.clear();
        refusals.clear();
        loads.clear();
      },
    };
  },
} as const satisfies Collector;

interface HealthSlots {
  readonly duration: Slot;
  readonly success: Slot;
  readonly leftOut: Slot;
}

function setHealth(sink: Sink, known: Map<string, HealthSlots>, health: CollectorHealth): void {
  const labels = { collector: health.name };
  const slots = known.get(health.name) ?? {
    duration: sink.add("tidemark.agent.collector.duration", labels),
    success: sink.add("tidemark.agent.collector.success", labels),
    leftOut: sink.add("tidemark.agent.collector.left_out", labels),
  };
  known.set(health.name, slots);
  sink.set(slots.duration, health.durationMs);
  sink.set(slots.success, health.succeeded ? 1 : 0);
  sink.set(slots.leftOut, health.leftOut);
}

interface OutboxSlots {
  readonly bytes: Slot;
  readonly records: Slot;
  readonly dropped: Slot;
}

type OutboxReading = SelfReadings["outboxes"][number];

function setOutbox(sink: Sink, known: Map<string, OutboxSlots>, outbox: OutboxReading): void {
  const labels = { lane: outbox.lane };
  const slots = known.get(outbox.lane) ?? {
    bytes: sink.add("tidemark.agent.outbox.bytes", labels),
    records: sink.add("tidemark.agent.outbox.records", labels),
    dropped: sink.add("tidemark.agent.outbox.dropped", labels),
  };
  known.set(outbox.lane, slots);
  sink.set(slots.bytes, outbox.bytes);
  sink.set(slots.records, outbox.records);
  sink.set(slots.dropped, outbox.dropped);
}

/** What never happened has no series. */
function setCount(
  sink: Sink,
  known: Map<string, Slot>,
  metric: MetricName,
  labels: Labels,
  count: number,
): void {
  if (count === 0) return;
  const [key = ""] = Object.values(labels);
  const slot = known.get(key) ?? sink.add(metric, labels);
  known.set(key, slot);
  sink.set(slot, count);
}
