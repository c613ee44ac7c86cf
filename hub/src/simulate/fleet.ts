// `tidemark simulate fleet`: many hosts with real credentials and real connections, sending seeded, realistic metrics
// through the real broker, live or as a backlog of past seconds.
import type { SimulatedFleet } from "./enrol.ts";
import { type SimulatedHost, connectHost } from "./host.ts";
import { simulatedSeries } from "./shape.ts";
import { createSignal } from "./signal.ts";

export interface FleetOptions {
  readonly series: number;
  /** Seconds from tick to tick. */
  readonly intervalSeconds: number;
  readonly batchTicks: number;
  readonly seed: number;
  /** Live: how long to run. */
  readonly durationSeconds: number;
  /** Seconds of history sent as fast as the broker takes it before going live. */
  readonly backlogSeconds: number;
}

/** What has been sent and acknowledged so far. */
export interface FleetProgress {
  readonly connected: number;
  readonly messages: number;
  readonly samples: number;
  readonly bytes: number;
  /** Batches that were due but not acknowledged within their time; they are not sent again. */
  readonly failed: number;
}

/** The broker waits two seconds for a newcomer's signature, and making them is this process's work. */
const connectAtOnce = 16;
const backlogAtOnce = 128;
const beatIntervalMs = 5_000;

/** Runs the fleet until its time is over or `signal` aborts; resolves to the totals. */
export async function simulateFleet(
  fleet: SimulatedFleet,
  options: FleetOptions,
  signal: AbortSignal,
  progress: (state: FleetProgress) => void,
): Promise<FleetProgress> {
  const totals = { connected: 0, messages: 0, samples: 0, bytes: 0, failed: 0 };
  const hosts: SimulatedHost[] = [];
  const send = async (host: SimulatedHost, firstSecond: number) => {
    try {
      const bytes = await host.send(firstSecond, options.intervalSeconds, options.batchTicks);
      totals.bytes += bytes;
      totals.messages += 1;
      totals.samples += options.series * options.batchTicks;
    } catch (cause) {
      totals.failed += 1;
      if (signal.aborted) return;
      if (totals.failed > fleet.hosts.length * 10)
        throw new Error("too many batches were not acknowledged", { cause });
    }
  };
  const telling = setInterval(() => progress({ ...totals }), 1_000);
  try {
    await connectAll(fleet, options, hosts, totals, signal);
    if (options.backlogSeconds > 0) await sendBacklog(hosts, options, send, signal);
    if (options.durationSeconds > 0) await sendLive(hosts, options, send, signal);
    progress({ ...totals });
    return totals;
  } finally {
    clearInterval(telling);
    await Promise.allSettled(hosts.map((host) => host.close()));
  }
}

async function connectAll(
  fleet: SimulatedFleet,
  options: FleetOptions,
  hosts: SimulatedHost[],
  totals: { connected: number },
  signal: AbortSignal,
): Promise<void> {
  const shape = simulatedSeries(options.series);
  for (let start = 0; start < fleet.hosts.length && !signal.aborted; start += connectAtOnce) {
    const some = fleet.hosts.slice(start, start + connectAtOnce).map(async (identity, index) => {
      const values = createSignal(shape, options.seed * 1_000_003 + start + index);
      hosts.push(await connectHost(identity, fleet.brokerUrls, shape, values));
      totals.connected += 1;
    });
    // All of them first, so that whoever closes `hosts` after a failure closes every connection.
    const failed = (await Promise.allSettled(some)).find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}

/** Past seconds, oldest first, all hosts side by side, a bounded number of messages in flight. */
async function sendBacklog(
  hosts: readonly SimulatedHost[],
  options: FleetOptions,
  send: (host: SimulatedHost, firstSecond: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const span = options.intervalSeconds * options.batchTicks;
  const end = Math.floor(Date.now() / 1000 / span) * span;
  const queue = backlogSlots(hosts, end - options.backlogSeconds, end, span);
  const worker = async () => {
    for (const [host, second] of queue) {
      if (signal.aborted) return;
      await send(host, second);
    }
  };
  await Promise.all(Array.from({ length: backlogAtOnce }, worker));
}

function* backlogSlots(
  hosts: readonly SimulatedHost[],
  from: number,
  to: number,
  span: number,
): Generator<readonly [SimulatedHost, number]> {
  for (let second = from; second < to; second += span)
    for (const host of hosts) yield [host, second];
}

/** Each host sends when its batch is full; hosts are spread over the span so that the load is even. */
async function sendLive(
  hosts: readonly SimulatedHost[],
  options: FleetOptions,
  send: (host: SimulatedHost, firstSecond: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const spanMs = options.intervalSeconds * options.batchTicks * 1_000;
  const endMs = Date.now() + options.durationSeconds * 1_000;
  await Promise.all(
    hosts.map(async (host, index) => {
      const offsetMs = Math.floor((index / hosts.length) * spanMs);
      // One span later than the next slot, so that the first live batch begins after any backlog ended.
      let dueMs = Math.ceil((Date.now() - offsetMs) / spanMs + 1) * spanMs + offsetMs;
      let beatAtMs = 0;
      while (dueMs < endMs && !signal.aborted) {
        await pause(Math.min(dueMs - Date.now(), beatIntervalMs), signal);
        const nowMs = Date.now();
        if (nowMs >= beatAtMs) {
          host.beat(nowMs, options.intervalSeconds);
          beatAtMs = nowMs + beatIntervalMs;
        }
        if (nowMs < dueMs) continue;
        await send(host, Math.floor((dueMs - spanMs) / 1_000));
        dueMs += spanMs;
      }
    }),
  );
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, ms));
    signal.addEventListener("abort", done, { once: true });
  });
}
