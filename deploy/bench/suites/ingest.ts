// How fast one hub, on two cores, turns a waiting backlog into samples and their 1-minute roll-up, how long it keeps its event
// loop waiting meanwhile, and what a sample costs on disk. The whole hub runs, as `tidemark hub`; the backlog was published
// before its start, so that the publishers' work is not on the clock. A last run tells what is left when it is.
import { rm } from "node:fs/promises";
import { loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { simulateFleet } from "../../../hub/src/simulate/fleet.ts";
import { startHubProcess } from "../fleet/hub-process.ts";
import { type PreparedFleet, fleetOptions, prepareFleet, samplesOf } from "../fleet/prepared.ts";
import { type Suite, median, result } from "../result.ts";
import type { StoredCheck } from "./stored-check.ts";
import { storedIn } from "./stored.ts";

const shape = { hosts: 1_000, series: 72, intervalSeconds: 1, batches: 40 } as const;
const runs = 3;
const pollMs = 200;
const runMsMax = 600_000;

interface Run {
  readonly samplesPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly peakRssMegabytes: number;
  readonly load: number;
}

export const ingest: Suite = {
  name: "ingest",
  async run(progress, signal) {
    const fleet = await prepareFleet(shape, progress, signal);
    try {
      const done: Run[] = [];
      let check: StoredCheck | undefined;
      for (let index = 1; index <= runs; index += 1) {
        const folder = await fleet.copy();
        try {
          const run = await drain(folder, signal);
          progress(`run ${index}: ${describe(run)}`);
          done.push(run);
          check = await checked(folder, fleet, progress);
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }
      if (check === undefined) throw new Error("nothing ran");
      const mixed = await publishedMeanwhile(signal, progress);
      progress(`while publishing: ${describe(mixed)}`);
      return report(done, check, mixed, fleet);
    } finally {
      await fleet.remove();
    }
  },
};

function report(done: readonly Run[], check: StoredCheck, mixed: Run, fleet: PreparedFleet) {
  const of = (what: keyof Run) => median(done.map((run) => run[what]));
  const worst = (what: keyof Run) => Math.max(...done.map((run) => run[what]));
  const each = (what: keyof Run) =>
    Object.fromEntries(done.map((run, index) => [`run ${index + 1}`, run[what]]));
  return {
    results: [
      result(
        "backlog → samples + samples_1m",
        of("samplesPerSecond"),
        "samples/s",
        { atLeast: 1_000_000 },
        each("samplesPerSecond"),
      ),
      result("event loop p99", of("loopP99Ms"), "ms", { atMost: 50 }, { max: worst("loopMaxMs") }),
      result("hub RSS, peak of all runs", worst("peakRssMegabytes"), "MB", { atMost: 900 }),
      result(
        "disk, raw table after merges",
        check.samplesBytes / check.samples,
        "B/sample",
        { atMost: 1.25 },
        { "samples_1m, per row": check.rollupBytes / check.rolledUpRows },
      ),
      result(
        "samples stored exactly once",
        check.samples,
        "samples",
        { atLeast: samplesOf(shape) },
        { "in samples_1m": check.rolledUp },
      ),
      result("hub CPU", of("cpuSecondsPerMillion"), "s per million samples", undefined),
      result("while the fleet publishes", mixed.samplesPerSecond, "samples/s", undefined, {
        "event loop p99, ms": mixed.loopP99Ms,
      }),
      result("wire", fleet.bytes / samplesOf(shape), "B/sample", undefined),
    ],
    notes: [
      `${shape.hosts} hosts × ${shape.series} series, ${shape.batches} messages of 15 one-second ticks each, sent by \`simulate\` over as many connections with credentials of their own; ${runs} runs, medians; load average ${done.map(({ load }) => load.toFixed(1)).join(", ")}.`,
      "The whole hub with its own nats-server on two cores; the event loop is looked at every 10 ms, and those 10 ms are part of the figure.",
      "After every run the samples, the different seconds of each series and the sum in the roll-up were counted and equal to what was sent.",
      `"While the fleet publishes": ${mixedBatches} messages a host made, sent and ingested on the same two cores.`,
    ],
  };
}

const describe = (run: Run) =>
  `${Math.round(run.samplesPerSecond).toLocaleString("en-US")} samples/s, loop p99 ${run.loopP99Ms.toFixed(1)} max ${run.loopMaxMs.toFixed(0)} ms, RSS ${run.peakRssMegabytes.toFixed(0)} MB, ${run.cpuSecondsPerMillion.toFixed(2)} CPU s per million, load ${run.load.toFixed(1)}`;

/** Starts a hub in the folder and follows it until everything is stored. */
async function drain(folder: string, signal: AbortSignal): Promise<Run> {
  const hub = await startHubProcess(folder);
  try {
    return await follow(hub, samplesOf(shape), signal);
  } finally {
    await hub.stop();
  }
}

async function follow(
  hub: Awaited<ReturnType<typeof startHubProcess>>,
  expected: number,
  signal: AbortSignal,
): Promise<Run> {
  const deadlineMs = performance.now() + runMsMax;
  const storedAtLeast = async (samples: number) => {
    for (;;) {
      signal.throwIfAborted();
      const stored = await hub.stored();
      if (stored >= samples) return stored;
      if (performance.now() > deadlineMs)
        throw new Error(`only ${stored} of ${expected} samples were stored in time`);
      await delay(pollMs);
    }
  };
  const storedBefore = await storedAtLeast(1);
  const startMs = performance.now();
  const before = hub.usage();
  await hub.watchLoop();
  const stored = await storedAtLeast(expected);
  const seconds = (performance.now() - startMs) / 1_000;
  const loop = await hub.loopDelay();
  const after = hub.usage();
  const samples = stored - storedBefore;
  return {
    samplesPerSecond: samples / seconds,
    cpuSecondsPerMillion: ((after.cpuMs - before.cpuMs) / samples) * 1_000,
    loopP99Ms: loop.p99,
    loopMaxMs: loop.max,
    peakRssMegabytes: after.peakRssBytes / 1e6,
    load: loadavg()[0] ?? Number.NaN,
  };
}

/** Throws when anything is missing or stands twice. */
async function checked(
  folder: string,
  { shape: { hosts, series, batches } }: PreparedFleet,
  progress: (text: string) => void,
): Promise<StoredCheck> {
  const check = await storedIn(folder);
  const ticks = batches * 15;
  const expected = samplesOf(shape);
  const right =
    check.samples === expected &&
    check.rolledUp === expected &&
    check.series === hosts * series &&
    check.secondsMin === ticks &&
    check.secondsMax === ticks &&
    check.rowsMax === ticks;
  progress(`stored: ${JSON.stringify(check)}`);
  if (!right) throw new Error(`${expected} samples were sent; stored: ${JSON.stringify(check)}`);
  return check;
}

const mixedBatches = 20;

/** The same hub while the fleet publishes as fast as it can. */
async function publishedMeanwhile(
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<Run> {
  const some = { ...shape, batches: mixedBatches };
  const empty = await prepareFleet({ ...shape, batches: 0 }, progress, signal);
  try {
    const folder = await empty.copy();
    const hub = await startHubProcess(folder);
    try {
      const sending = new AbortController();
      const either = AbortSignal.any([signal, sending.signal]);
      const publishing = (async () => {
        const fleetHere = { brokerUrls: [await brokerUrl(hub)], hosts: empty.hosts };
        const sent = await simulateFleet(fleetHere, fleetOptions(some), either, () => undefined);
        if (sent.failed > 0) sending.abort(new Error(`${sent.failed} batches were not taken`));
        progress(`published ${sent.samples} samples`);
      })().catch((cause: unknown) => sending.abort(cause));
      const run = await follow(hub, samplesOf(some), either);
      await publishing;
      return run;
    } finally {
      await hub.stop();
      await rm(folder, { recursive: true, force: true });
    }
  } finally {
    await empty.remove();
  }
}

async function brokerUrl(hub: Awaited<ReturnType<typeof startHubProcess>>): Promise<string> {
  const status = JSON.parse(await hub.get("/api/v1/status"));
  return String(status.broker.url);
}
