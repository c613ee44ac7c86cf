import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../../deploy/test/free-port.ts";
import { defaultCollectorOptions } from "../src/collectors/collector.ts";
import { createExposition } from "../src/prometheus/exposition.ts";
import { familyGroups } from "../src/prometheus/families/index.ts";
import { scrape } from "../src/prometheus/scrape.ts";
import { startPrometheus } from "../src/prometheus/server.ts";
import { realHost } from "../src/sampler/system.ts";
import { freezeHost } from "./frozen-host.ts";

const silent = pino({ level: "silent" });
const paths = { procRoot: "/proc", sysRoot: "/sys", hostRoot: "/" };
const thisHost = realHost(paths, defaultCollectorOptions, () => ({
  hubOffsetMs: undefined,
  outboxes: [],
  tasksRefused: {},
  loadStarted: {},
}));

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function startHere() {
  const server = await startPrometheus({ host: "127.0.0.1", port: 0 }, thisHost, silent);
  stops.push(server.stop);
  return server;
}

test("the frozen server is exposed as its golden says", async () => {
  const frozen = freezeHost("server");
  stops.push(frozen.remove);
  const failures: unknown[] = [];
  const text = await scrape(
    familyGroups,
    frozen.host,
    () => 0,
    (_, cause) => failures.push(cause),
  );
  expect(failures).toEqual([]);
  // A golden of a random machine's clock and architecture would be of no use.
  await expect(text).toMatchFileSnapshot("fixtures/server/golden.prom");
});

test("a group that fails is marked and stops no other", async () => {
  const failed: string[] = [];
  const text = await scrape(
    [
      {
        name: "broken",
        collect() {
          throw new Error("no");
        },
      },
      ...familyGroups.filter((group) => group.name === "loadavg"),
    ],
    thisHost,
    () => 0,
    (group) => failed.push(group),
  );
  expect(failed).toEqual(["broken"]);
  expect(text).toContain('node_scrape_collector_success{collector="broken"} 0');
  expect(text).toContain('node_scrape_collector_success{collector="loadavg"} 1');
  expect(text).toMatch(/^node_load1 [\d.]+$/m);
});

test("label values are escaped, and each family is written in one piece", () => {
  const out = createExposition();
  out.add("gauge", "b", "second", 1, { name: 'a"b\\c\nd' });
  out.add("gauge", "a", "first", Number.POSITIVE_INFINITY);
  out.add("gauge", "b", "second", 2, { name: "e" });
  out.add("gauge", "c", "never", Number.NaN);
  expect(out.text()).toBe(
    [
      "# HELP a first",
      "# TYPE a gauge",
      "a +Inf",
      "# HELP b second",
      "# TYPE b gauge",
      'b{name="a\\"b\\\\c\\nd"} 1',
      'b{name="e"} 2',
      "",
    ].join("\n"),
  );
});

test("only GET /metrics is answered", async () => {
  const { url } = await startHere();
  const ask = async (path: string, method = "GET"): Promise<number> =>
    (await fetch(`${url}${path}`, { method })).status;
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await ask("/metrics")).toBe(200);
  expect(await ask("/metrics?collect[]=cpu")).toBe(200);
  expect(await ask("/")).toBe(404);
  expect(await ask("/metrics/../etc/passwd")).toBe(404);
  expect(await ask("/metrics", "POST")).toBe(405);
});

test("an address in use is refused", async () => {
  const { url } = await startHere();
  const port = Number(new URL(url).port);
  await expect(startPrometheus({ host: "127.0.0.1", port }, thisHost, silent)).rejects.toThrow(
    "EADDRINUSE",
  );
});

const peer = "prometheus-node-exporter";
const peerIsHere = spawnSync(peer, ["--version"]).error === undefined;
if (!peerIsHere) console.log(`skipped the comparison with ${peer}: it is not on PATH`);

test.skipIf(!peerIsHere)("names, types and labels are node_exporter's", async () => {
  const [ours, theirs] = [await fetchMetrics((await startHere()).url), await fetchPeer()];
  const groups = new Set<string>(familyGroups.map((group) => group.name));
  // What Node cannot ask for (netlink, adjtimex), and what no board reads.
  const left = new Set([
    // node_exporter gives a device of unknown speed -125000; to us it is absent.
    "node_network_speed_bytes",
    "node_exporter_build_info",
    "node_disk_info",
    "node_disk_filesystem_info",
    "node_disk_device_mapper_info",
    "node_network_address_assign_type",
    "node_network_device_id",
    "node_network_name_assign_type",
    "node_network_net_dev_group",
    "node_network_receive_nohandler_total",
    "node_time_zone_offset_seconds",
    "node_time_clocksource_available_info",
    "node_time_clocksource_current_info",
  ]);
  const lacking = [...theirs.types.keys()].filter((name) => {
    const group = groupOf(name);
    if (left.has(name) || name.startsWith("node_nf_conntrack_stat_")) return false;
    return group !== undefined && groups.has(group) && !ours.types.has(name);
  });
  expect(lacking).toEqual([]);
  for (const [name, type] of ours.types) {
    if (!theirs.types.has(name)) continue;
    expect(`${name} ${type}`).toBe(`${name} ${theirs.types.get(name)}`);
    expect(`${name} ${ours.labels.get(name)}`).toBe(`${name} ${theirs.labels.get(name)}`);
  }
  const common = [...ours.types.keys()].filter((name) => theirs.types.has(name));
  expect(common.length).toBeGreaterThan(150);
  for (const name of ["node_boot_time_seconds", "node_memory_MemTotal_bytes", "node_uname_info"])
    expect(ours.samples.get(name)).toEqual(theirs.samples.get(name));
});

interface Metrics {
  readonly types: ReadonlyMap<string, string>;
  /** Label keys of each family, sorted. */
  readonly labels: ReadonlyMap<string, string>;
  /** Samples of each family, numbers in JavaScript's own form. */
  readonly samples: ReadonlyMap<string, readonly string[]>;
}

async function fetchMetrics(url: string): Promise<Metrics> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const types = new Map<string, string>();
  const labels = new Map<string, string>();
  const samples = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const type = /^# TYPE (node_\S+) (\S+)$/.exec(line);
    if (type !== null) types.set(type[1]!, type[2]!);
    const sample = /^(node_[a-zA-Z0-9_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) continue;
    const [, name = "", pairs = "", value = ""] = sample;
    const keys = [...pairs.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map((match) => match[1]!);
    labels.set(name, keys.toSorted().join(","));
    samples.set(name, [...(samples.get(name) ?? []), `{${pairs}} ${Number(value)}`]);
  }
  return { types, labels, samples };
}

/** The collector a family of node_exporter's comes from, as far as we have it. */
function groupOf(family: string): string | undefined {
  const prefixes: readonly (readonly [string, string])[] = [
    ["node_arp_", "arp"],
    ["node_nf_conntrack_", "conntrack"],
    ["node_cpu_guest_", "cpu"],
    ["node_cpu_seconds_", "cpu"],
    ["node_cpu_scaling_frequency_", "cpufreq"],
    ["node_disk_", "diskstats"],
    ["node_entropy_", "entropy"],
    ["node_filefd_", "filefd"],
    ["node_filesystem_", "filesystem"],
    ["node_load", "loadavg"],
    ["node_memory_", "meminfo"],
    ["node_network_", "netdev"],
    ["node_netstat_", "netstat"],
    ["node_pressure_", "pressure"],
    ["node_sockstat_", "sockstat"],
    ["node_softnet_", "softnet"],
    ["node_boot_", "stat"],
    ["node_context_", "stat"],
    ["node_forks_", "stat"],
    ["node_intr_", "stat"],
    ["node_procs_", "stat"],
    ["node_time_", "time"],
    ["node_uname_", "uname"],
    ["node_vmstat_", "vmstat"],
  ];
  return prefixes.find(([prefix]) => family.startsWith(prefix))?.[1];
}

/** One scrape of a node_exporter of our own, on a free port, ended by its pid. */
async function fetchPeer(): Promise<Metrics> {
  const port = await freePort();
  const child: ChildProcess = spawn(peer, [`--web.listen-address=127.0.0.1:${port}`], {
    stdio: "ignore",
  });
  stops.push(async () => {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  });
  const deadlineMs = Date.now() + 60_000;
  for (;;) {
    try {
      return await fetchMetrics(`http://127.0.0.1:${port}`);
    } catch (cause) {
      if (Date.now() > deadlineMs) throw cause;
      await pause(50);
    }
  }
}
