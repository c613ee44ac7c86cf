// What the agent costs its host: the bundled program, as installed, sampling this machine every second and shipping to a hub,
// beside Node Exporter scraped every second and a Node that does nothing.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { buildAgent } from "../../build/agent.ts";
import { type Suite, type SuiteReport, median, result } from "../result.ts";
import type { Cost, Stage, StageOptions } from "./agent-stage.ts";
import { storedIn } from "./stored.ts";

const runs = 3;
const seconds = 60;
const warmUpSeconds = 15;
const interfacePairs = 6;
const seriesMin = 200;

interface Run extends Stage {
  readonly series: number;
  readonly bytesPerSample: number;
  readonly load: number;
}

export const agent: Suite = {
  name: "agent",
  async run(progress, signal) {
    const folder = await mkdtemp(join(tmpdir(), "tidemark-bench-agent-"));
    try {
      const bundleFolder = join(folder, "bundle");
      await buildAgent(bundleFolder);
      const inNamespace = namespaceCommand();
      const done: Run[] = [];
      for (let index = 1; index <= runs; index += 1) {
        progress(`run ${index}: ${warmUpSeconds + seconds} s`);
        const own = join(folder, `run-${index}`);
        const stage = await perform(
          inNamespace ?? [],
          {
            folder: own,
            bundle: join(bundleFolder, "tidemark-agent.mjs"),
            exporter: installed("prometheus-node-exporter"),
            interfacePairs: inNamespace === undefined ? 0 : interfacePairs,
            warmUpSeconds,
            seconds,
          },
          signal,
        );
        const { series, samples, samplesBytes } = await storedIn(join(own, "hub"));
        const run = {
          ...stage,
          series,
          bytesPerSample: samplesBytes / samples,
          load: loadavg()[0] ?? Number.NaN,
        };
        progress(JSON.stringify(run));
        done.push(run);
      }
      return report(done, inNamespace !== undefined);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function report(done: readonly Run[], inNamespace: boolean): SuiteReport {
  const of = (what: (run: Run) => number | undefined) =>
    median(done.flatMap((run) => what(run) ?? []));
  const exporterRan = done.every((run) => run.exporter !== undefined);
  const beside = (what: keyof Cost) => ({
    ...(exporterRan ? { "Node Exporter, scraped": of((run) => run.exporter?.[what]) } : {}),
    "idle Node": of((run) => run.node[what]),
  });
  const exporterSeries = of((run) => run.exporter?.series);
  return {
    results: [
      result(
        "CPU of a tick",
        of((run) => run.agent.cpuMs),
        "ms",
        { atMost: 2.5 },
        beside("cpuMs"),
      ),
      result(
        "memory, resident",
        of((run) => run.agent.rssMegabytes),
        "MB",
        { atMost: 65 },
        beside("rssMegabytes"),
      ),
      result(
        "memory, private",
        of((run) => run.agent.privateMegabytes),
        "MB",
        { atMost: 20 },
        beside("privateMegabytes"),
      ),
      result(
        "series",
        of((run) => run.series),
        "series",
        { atLeast: seriesMin },
        exporterRan ? { "Node Exporter": exporterSeries } : {},
      ),
      result(
        "samples stored of a tick",
        of((run) => run.samplesPerTick),
        "samples",
        undefined,
      ),
      result(
        "disk, this machine's readings",
        of((run) => run.bytesPerSample),
        "B/sample",
        undefined,
      ),
    ],
    notes: [
      `Medians of ${runs} runs of ${seconds} s after ${warmUpSeconds} s of warming up; load average ${done.map(({ load }) => load.toFixed(1)).join(", ")}.`,
      "CPU is what the scheduler counts for all threads of the process over the seconds, to the nanosecond; resident and private (dirty pages) are the most seen, every 5 s. All collectors, 15 ticks a message, a real hub with its broker.",
      inNamespace
        ? `In a network namespace of its own with ${interfacePairs} pairs of virtual interfaces that carry traffic, no device ignored: a small machine has too few series otherwise.`
        : "No device ignored; a network namespace with interfaces of its own needs root or user namespaces, which this machine does not allow.",
      exporterRan
        ? "Node Exporter runs the collectors that read the same files, in the same seconds; it parses nothing, stores nothing and sends nothing but on a scrape."
        : "Node Exporter is not installed here.",
    ],
  };
}

/** How to run a program in a network namespace of its own; undefined where that is not allowed. */
function namespaceCommand(): readonly string[] | undefined {
  const asRoot = process.getuid?.() === 0;
  const command = ["unshare", ...(asRoot ? [] : ["--map-root-user"]), "--net"];
  const [program = "", ...args] = command;
  try {
    execFileSync(program, [...args, "ip", "link", "add", "probe", "type", "veth"], {
      stdio: "ignore",
      env: systemPath(),
    });
    return command;
  } catch {
    return undefined;
  }
}

function installed(program: string): string | undefined {
  try {
    return execFileSync("which", [program], { encoding: "utf8", env: systemPath() }).trim();
  } catch {
    return undefined;
  }
}

/** An ordinary user's PATH lacks where Debian keeps ip and nats-server. */
const systemPath = () => ({ ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` });

async function perform(
  prefix: readonly string[],
  options: StageOptions,
  signal: AbortSignal,
): Promise<Stage> {
  const script = new URL("agent-stage.ts", import.meta.url).pathname;
  const [program, ...args] = [...prefix, process.execPath, script, JSON.stringify(options)];
  if (program === undefined) throw new Error("nothing to run");
  const child = spawn(program, args, {
    env: systemPath(),
    stdio: ["ignore", "pipe", "inherit"],
    signal,
    killSignal: "SIGTERM",
  });
  return JSON.parse(await outputOf(child));
}

function outputOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve(text);
      else reject(new Error(`the measured programs did not run (${signal ?? code})`));
    });
  });
}
