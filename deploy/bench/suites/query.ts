// What the pages ask for, over an hour of a thousand hosts: the hub's own query functions to the API's shape, in the tables as
// ingest has left them; and the same through HTTP, whole requests of a running hub.
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { loadavg } from "node:os";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { AgentId } from "@tidemark/proto";
import { type RunningHub, startHubProcess } from "../fleet/hub-process.ts";
import { prepareFleet, samplesOf } from "../fleet/prepared.ts";
import { type Suite, median, result } from "../result.ts";
import type { Timings } from "./query-timing.ts";

/** An hour, every 15 seconds: 17.28 million rows. */
const shape = { hosts: 1_000, series: 72, intervalSeconds: 15, batches: 16 } as const;
const rounds = 31;
const pollMs = 250;

export const query: Suite = {
  name: "query",
  async run(progress, signal) {
    const fleet = await prepareFleet(shape, progress, signal);
    const folder = await fleet.copy();
    const agents = fleet.hosts.map(({ agent, host }) => ({ id: agent, host }));
    try {
      const hub = await startHubProcess(folder);
      let http: HttpTimings;
      try {
        progress("filling the tables through ingest");
        await filled(hub, signal);
        progress("asking over HTTP");
        http = await overHttp(hub, agents);
      } finally {
        await hub.stop();
      }
      progress("asking the query functions");
      const load = loadavg()[0] ?? Number.NaN;
      const options = { dataDir: folder, agents, rounds };
      const script = new URL("query-timing.ts", import.meta.url).pathname;
      const { stdout } = await promisify(execFile)(process.execPath, [
        script,
        JSON.stringify(options),
      ]);
      const timings: Timings = JSON.parse(stdout);
      progress(JSON.stringify({ ...timings, ...http, load }));
      return report(timings, http, load);
    } finally {
      await rm(folder, { recursive: true, force: true });
      await fleet.remove();
    }
  },
};

function report(timings: Timings, http: HttpTimings, load: number) {
  return {
    results: [
      result(
        "one series",
        timings.oneSeries,
        "ms",
        { atMost: 15 },
        {
          "61 minutes": timings.oneSeriesByMinute,
          "over HTTP": http.oneSeries,
        },
      ),
      result(
        "one metric of all hosts by minute",
        timings.metricOfAllHosts,
        "ms",
        { atMost: 60 },
        {
          "from raw samples": timings.metricOfAllHostsFromRaw,
        },
      ),
      result(
        "top 10 of 5 minutes",
        timings.topTen,
        "ms",
        { atMost: 40 },
        {
          "of the hour": timings.topTenOfTheHour,
          "over HTTP": http.topTen,
        },
      ),
      result("fleet page, 1000 hosts", timings.fleetPage, "ms", undefined, {
        "over HTTP, computed": http.fleetComputed,
        "over HTTP, kept": http.fleetKept,
      }),
      result("host page, six metrics", timings.hostPage, "ms", undefined, {
        "over HTTP": http.hostPage,
      }),
    ],
    notes: [
      `${shape.hosts} hosts × ${shape.series} series × 1 h every ${shape.intervalSeconds} s: ${timings.rows.toLocaleString("en-US")} rows in ${timings.parts} parts, as ingest left them; medians of ${rounds}; load average ${load.toFixed(1)}.`,
      "From the query's arguments to the API's answer as an object; one metric of all hosts is 1000 series × 61 points with mean, lowest and highest.",
      "Over HTTP: whole requests with a token, validation and JSON included, to a hub that does nothing else.",
    ],
  };
}

async function filled(hub: RunningHub, signal: AbortSignal): Promise<void> {
  while ((await hub.stored()) < samplesOf(shape)) {
    signal.throwIfAborted();
    await delay(pollMs);
  }
}

interface HttpTimings {
  readonly oneSeries: number;
  readonly topTen: number;
  readonly fleetComputed: number;
  readonly fleetKept: number;
  readonly hostPage: number;
}

async function overHttp(
  hub: RunningHub,
  agents: readonly { readonly id: AgentId }[],
): Promise<HttpTimings> {
  const to = Math.floor(Date.now() / 1_000);
  const from = to - 3_600;
  const cpu = "metric=system.cpu.utilization";
  const agent = (round: number) => `agent=${agents[(round * 7) % agents.length]?.id}`;
  const timed = async (pathOf: (round: number) => string, count = rounds, pauseMs = 0) => {
    const times: number[] = [];
    for (let round = 0; round < count; round += 1) {
      if (pauseMs > 0) await delay(pauseMs);
      const startMs = performance.now();
      await hub.get(`/api/v1${pathOf(round)}`);
      times.push(performance.now() - startMs);
    }
    return median(times);
  };
  const page = [
    "system.cpu.time",
    "system.memory.usage",
    "system.disk.io",
    "system.network.io",
    "system.network.packet.count",
    "system.cpu.load_average.1m",
  ]
    .map((metric) => `metric=${metric}`)
    .join("&");
  return {
    oneSeries: await timed((round) => `/query/range?${agent(round)}&${cpu}&from=${from}&to=${to}`),
    topTen: await timed(() => `/query/top?${cpu}&from=${to - 300}&to=${to}&n=10`),
    // The hub keeps its answer for five seconds.
    fleetComputed: await timed(() => "/fleet", 5, 5_200),
    fleetKept: await timed(() => "/fleet"),
    hostPage: await timed((round) => `/query/range?${agent(round)}&${page}&from=${from}&to=${to}`),
  };
}
