// One turn of each load generator, alone on core 1 where there is one.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type LoadPlan, parser } from "@tidemark/proto";
import { Type } from "typebox";
import { type Take, type Turn, noTurn } from "./generate/part.ts";
import { type ProgramRun, runProgram } from "./program-run.ts";

export interface Aim {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const parseNative = parser(
  Type.Object({
    perSecond: Type.Number(),
    requests: Type.Number(),
    serviceP50Micros: Type.Number(),
    responseP50Micros: Type.Number(),
    responseP90Micros: Type.Number(),
    responseP99Micros: Type.Number(),
  }),
  "our own generator's result",
);
const parseAutocannon = parser(
  Type.Object({ requests: Type.Object({ average: Type.Number(), total: Type.Number() }) }),
  "autocannon's result",
);
const parseFortio = parser(
  Type.Object({
    ActualQPS: Type.Number(),
    DurationHistogram: Type.Object({ Count: Type.Number() }),
  }),
  "fortio's result",
);

/** More than any of them reaches: what is due then waits in the backlog, which holds this much and more. */
export const saturatingPerSecond = 1_000_000;

/** Our own, by the agent's own code. */
export function native(aim: Aim, change: Partial<LoadPlan>): Take {
  const plan: LoadPlan = {
    driver: "http1",
    target: aim.url,
    method: "GET",
    headers: [],
    body: "",
    pacing: { kind: "constant", ratePerSecond: saturatingPerSecond },
    precision: "precise",
    connections: aim.connections,
    durationMs: aim.seconds * 1_000,
    timeoutMs: 5_000,
    ...change,
  };
  return async (signal) => {
    const args = [here("native-run.ts"), JSON.stringify(plan)];
    const run = await pinned(process.execPath, args, signal);
    const { requests, ...turn } = parseNative(JSON.parse(run.stdout));
    return { ...turn, cpuMicrosPerRequest: cpuPer(run, requests) };
  };
}

export function wrk(aim: Aim, args: readonly string[] = []): Take | undefined {
  if (!isInstalled("wrk")) return undefined;
  return async (signal) => {
    const options = [`-d${aim.seconds}`, `-c${aim.connections}`, "-t1", "--latency"];
    const run = await pinned("wrk", [...options, ...args, aim.url], signal);
    const [, p50, unit] = /50%\s+([\d.]+)(us|ms|s)/.exec(run.stdout) ?? [];
    return { ...ofWrk(run), serviceP50Micros: microsOf(p50, unit) };
  };
}

/** `wrk2` on the PATH; its own binary is called wrk too. */
export function wrk2(aim: Aim, ratePerSecond: number): Take | undefined {
  if (!isInstalled("wrk2")) return undefined;
  return async (signal) => {
    const options = [`-d${aim.seconds}`, `-c${aim.connections}`, "-t1", `-R${ratePerSecond}`, "-U"];
    const run = await pinned("wrk2", [...options, "--latency", aim.url], signal);
    // Twice, corrected first: 50.000%, 90.000%, 99.000%.
    const [corrected = "", uncorrected = ""] = run.stdout.split("Uncorrected Latency");
    const percentile = (text: string, which: string) => {
      const [, value, unit] = new RegExp(`\\s${which}%\\s+([\\d.]+)(us|ms|s|m)`).exec(text) ?? [];
      return microsOf(value, unit);
    };
    return {
      ...ofWrk(run),
      serviceP50Micros: percentile(uncorrected, "50.000"),
      responseP50Micros: percentile(corrected, "50.000"),
      responseP90Micros: percentile(corrected, "90.000"),
      responseP99Micros: percentile(corrected, "99.000"),
    };
  };
}

export function fortio(aim: Aim): Take | undefined {
  if (!isInstalled("fortio")) return undefined;
  return async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), "tidemark-bench-"));
    const file = join(folder, "result.json");
    const speed = ["-qps", "0", "-t", `${aim.seconds}s`, "-c", `${aim.connections}`];
    const quiet = ["-quiet", "-json", file];
    try {
      const run = await pinned("fortio", ["load", ...speed, ...quiet, aim.url], signal);
      const { ActualQPS, DurationHistogram } = parseFortio(JSON.parse(readFileSync(file, "utf8")));
      return {
        ...noTurn,
        perSecond: ActualQPS,
        cpuMicrosPerRequest: cpuPer(run, DurationHistogram.Count),
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

export function autocannon(aim: Aim): Take {
  return async (signal) => {
    const script = here("../../node_modules/autocannon/autocannon.js");
    const options = ["-c", `${aim.connections}`, "-d", `${aim.seconds}`, "-j", "-n", aim.url];
    const run = await pinned(process.execPath, [script, ...options], signal);
    const { requests } = parseAutocannon(JSON.parse(run.stdout));
    return {
      ...noTurn,
      perSecond: requests.average,
      cpuMicrosPerRequest: cpuPer(run, requests.total),
    };
  };
}

/** Any program of ours that prints `{ perSecond, requests }`. */
export function program(file: string, args: readonly string[]): Take {
  const parse = parser(Type.Object({ perSecond: Type.Number(), requests: Type.Number() }), file);
  return async (signal) => {
    const run = await pinned(process.execPath, [here(file), ...args], signal);
    const { perSecond, requests } = parse(JSON.parse(run.stdout));
    return { ...noTurn, perSecond, cpuMicrosPerRequest: cpuPer(run, requests) };
  };
}

export function isInstalled(command: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" });
    return true;
  } catch {
    // The suite goes on without this peer.
    return false;
  }
}

function ofWrk(run: ProgramRun): Turn {
  const requests = Number(/(\d+) requests in/.exec(run.stdout)?.[1]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(run.stdout)?.[1]);
  if (!(perSecond > 0)) throw new Error(`wrk said nothing we can read: ${run.stdout}`);
  return { ...noTurn, perSecond, cpuMicrosPerRequest: cpuPer(run, requests) };
}

function microsOf(value: string | undefined, unit = ""): number {
  const scale = { us: 1, ms: 1_000, s: 1_000_000, m: 60_000_000 }[unit] ?? Number.NaN;
  return Number(value) * scale;
}

const pinned = (command: string, args: readonly string[], signal: AbortSignal) =>
  availableParallelism() > 1
    ? runProgram("taskset", ["-c", "1", command, ...args], signal)
    : runProgram(command, args, signal);

const cpuPer = (run: ProgramRun, requests: number) => (run.cpuSeconds * 1e6) / requests;
