// Where agent.ts measures: a hub, the bundled agent shipping to it, Node Exporter scraped every second and an idle Node, side by
// side for the same seconds. Runs in a network namespace of its own when there may be one, with interfaces that carry traffic.
// Argument: JSON of StageOptions; prints Stage.
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { EnrolmentToken } from "@tidemark/proto";
import { connect } from "../../../hub/src/cli/client.ts";
import { startChangingLoad } from "../changing-load.ts";
import { startHubProcess } from "../fleet/hub-process.ts";
import { type ProcessUsage, threadsMsOf, usageOf } from "../fleet/process-usage.ts";

export interface StageOptions {
  /** For the hub's and the agent's data. */
  readonly folder: string;
  /** The built agent. */
  readonly bundle: string;
  readonly exporter: string | undefined;
  /** Pairs of interfaces to make; 0 outside a namespace. */
  readonly interfacePairs: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface Cost {
  /** CPU ms of each second. */
  readonly cpuMs: number;
  /** The most seen. */
  readonly rssMegabytes: number;
  readonly privateMegabytes: number;
}

export interface Stage {
  readonly agent: Cost;
  readonly node: Cost;
  readonly exporter: (Cost & { readonly series: number }) | undefined;
  /** Samples the hub stored of every tick. */
  readonly samplesPerTick: number;
}

/** Of Node Exporter, those that read what the agent reads every second; the agent reads processes every ten. */
const exporterCollectors = [
  "conntrack",
  "cpu",
  "diskstats",
  "filefd",
  "filesystem",
  "hwmon",
  "loadavg",
  "meminfo",
  "netdev",
  "netstat",
  "pressure",
  "sockstat",
  "stat",
  "vmstat",
];
const exporterPort = 9_100;
/** As by default, but for the interfaces: the virtual ones made here count too. */
const agentEnv = {
  TIDEMARK_AGENT_IGNORED_INTERFACES: "^$",
  TIDEMARK_AGENT_INTERVAL_SECONDS: "1",
  TIDEMARK_AGENT_BATCH_TICKS: "15",
  TIDEMARK_AGENT_LOG_LEVEL: "warn",
};

const stopping = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stopping.abort());
const { signal } = stopping;
const options: StageOptions = JSON.parse(process.argv[2] ?? "{}");
process.stdout.write(`${JSON.stringify(await run())}\n`);
// A datagram socket or a pooled connection must not keep the stage open.
process.exit(0);

async function run(): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  if (options.interfacePairs > 0) startTraffic(makeInterfaces(options.interfacePairs));
  const hubDir = join(options.folder, "hub");
  const hub = await startHubProcess(hubDir);
  parts.defer(() => hub.stop());
  const load = startChangingLoad();
  parts.defer(() => load.stop());
  const env = {
    ...process.env,
    ...agentEnv,
    TIDEMARK_AGENT_DATA_DIR: join(options.folder, "agent"),
  };
  await enrol(hubDir, hub.url, env);

  const started = (program: string, args: readonly string[], given = process.env) => {
    // setpriv becomes the program; were the stage killed, the kernel would end it too.
    const command = ["--pdeathsig", "TERM", program, ...args];
    const child = spawn("setpriv", command, { env: given, stdio: ["ignore", "ignore", "inherit"] });
    parts.defer(() => ended(child));
    return child;
  };
  const agent = started(process.execPath, [options.bundle, "run"], env);
  const node = started(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const exporter =
    options.exporter === undefined ? undefined : started(options.exporter, exporterArgs());
  await delay(options.warmUpSeconds * 1_000, undefined, { signal });

  const followed = [agent, node, ...(exporter === undefined ? [] : [exporter])];
  const first = followed.map(usage);
  const most = first.map((one) => ({ ...one }));
  const storedFirst = await hub.stored();
  const startMs = performance.now();
  let exported = 0;
  for (let second = 1; second <= options.seconds; second += 1) {
    if (exporter !== undefined) exported = await scrape();
    if (second % 5 === 0) followed.forEach((child, index) => raise(most[index], usage(child)));
    const waitMs = startMs + second * 1_000 - performance.now();
    await delay(Math.max(0, waitMs), undefined, { signal });
  }
  const seconds = (performance.now() - startMs) / 1_000;
  const last = followed.map(usage);
  const stored = (await hub.stored()) - storedFirst;
  const [agentCost, nodeCost, exporterCost] = last.map((one, index) =>
    costOf(first[index] ?? one, one, most[index] ?? one, seconds),
  );
  if (agentCost === undefined || nodeCost === undefined) throw new Error("nothing was followed");
  return {
    agent: agentCost,
    node: nodeCost,
    exporter: exporterCost && { ...exporterCost, series: exported },
    samplesPerTick: stored / seconds,
  };
}

function usage(child: ChildProcess): ProcessUsage {
  if (child.pid === undefined || child.exitCode !== null)
    throw new Error(`${child.spawnfile} ended: ${child.exitCode}`);
  return { ...usageOf(child.pid), cpuMs: threadsMsOf(child.pid) };
}

type Most = { rssBytes: number; privateBytes: number };

function raise(most: Most | undefined, seen: ProcessUsage): void {
  if (most === undefined) return;
  most.rssBytes = Math.max(most.rssBytes, seen.rssBytes);
  most.privateBytes = Math.max(most.privateBytes, seen.privateBytes);
}

function costOf(first: ProcessUsage, last: ProcessUsage, most: Most, seconds: number): Cost {
  return {
    cpuMs: (last.cpuMs - first.cpuMs) / seconds,
    rssMegabytes: Math.max(most.rssBytes, last.rssBytes) / 1e6,
    privateMegabytes: Math.max(most.privateBytes, last.privateBytes) / 1e6,
  };
}

async function enrol(hubDir: string, url: string, env: NodeJS.ProcessEnv): Promise<void> {
  const hub = connect({ TIDEMARK_DATA_DIR: hubDir });
  const { token } = await hub.send("POST", "/enrolment-tokens", EnrolmentToken, { labels: {} });
  const args = [options.bundle, "enroll", "--hub", url, "--name", "bench"];
  await promisify(execFile)(process.execPath, args, {
    env: { ...env, TIDEMARK_AGENT_TOKEN: token },
  });
}

function exporterArgs(): string[] {
  return [
    `--web.listen-address=127.0.0.1:${exporterPort}`,
    "--log.level=error",
    "--collector.disable-defaults",
    ...exporterCollectors.map((name) => `--collector.${name}`),
    "--collector.netdev.device-exclude=^$",
  ];
}

/** One scrape, as Prometheus does; how many series it gave. */
async function scrape(): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${exporterPort}/metrics`);
  const text = await response.text();
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
}

/** Pairs of virtual Ethernet; the address of each pair's far end. */
function makeInterfaces(pairs: number): string[] {
  const ip = (...args: string[]) => execFileSync("ip", args, { stdio: ["ignore", "pipe", "pipe"] });
  ip("link", "set", "lo", "up");
  return Array.from({ length: pairs }, (_, index) => {
    const [near, far] = [`bench${index}a`, `bench${index}b`];
    const far4 = `10.99.${index}.2`;
    const farMac = `02:00:00:00:${String(index).padStart(2, "0")}:02`;
    ip("link", "add", near, "type", "veth", "peer", "name", far, "address", farMac);
    ip("address", "add", `10.99.${index}.1/24`, "dev", near);
    ip("link", "set", near, "up");
    ip("link", "set", far, "up");
    ip("neighbour", "add", far4, "lladdr", farMac, "dev", near);
    return far4;
  });
}

/** Datagrams to every address, more and less by turns, so that the counters move as on hosts in use. */
function startTraffic(addresses: readonly string[]): void {
  const socket = createSocket("udp4");
  // Nobody listens: an answer that says so is no failure.
  socket.on("error", () => undefined);
  let turn = 0;
  setInterval(() => {
    turn += 1;
    for (const [index, address] of addresses.entries()) {
      const datagrams = Math.round(3 + 3 * Math.sin(turn / (20 + index)));
      for (let sent = 0; sent < datagrams; sent += 1)
        socket.send(Buffer.alloc(100 + ((turn * 37 + index * 101) % 900)), 9, address);
    }
  }, 250);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}
