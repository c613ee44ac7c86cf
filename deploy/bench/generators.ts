// One turn of each load generator, alone on core 1 where there is one.
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type LoadPlan, parser } from "@tidemark/proto";
import { Type } from "typebox";
import { type ProgramRun, runProgram } from "./program-run.ts";

export interface Turn {
  readonly perSecond: number;
  /** The kernel's account of the whole process, its start included. */
  readonly cpuMicrosPerRequest: number;
  /** Median service time, from the write; NaN where the generator does not tell. */
  readonly p50Micros: number;
}

export interface TurnOptions {
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
  }),
  "our own generator's result",
);
const parseAutocannon = parser(
  Type.Object({ requests: Type.Object({ average: Type.Number(), total: Type.Number() }) }),
  "autocannon's result",
);

export async function nativeTurn(
  { url, connections, seconds }: TurnOptions,
  ratePerSecond: number,
  precision: LoadPlan["precision"],
  signal: AbortSignal,
): Promise<Turn> {
  const plan: LoadPlan = {
    driver: "http1",
    target: url,
    method: "GET",
    headers: [],
    body: "",
    pacing: { kind: "constant", ratePerSecond },
    precision,
    connections,
    durationMs: seconds * 1_000,
    timeoutMs: 5_000,
  };
  const args = [here("native-run.ts"), JSON.stringify(plan)];
  const run = await pinned(process.execPath, args, signal);
  const { perSecond, requests, serviceP50Micros } = parseNative(JSON.parse(run.stdout));
  return { perSecond, cpuMicrosPerRequest: cpuPer(run, requests), p50Micros: serviceP50Micros };
}

export async function wrkTurn(
  { url, connections, seconds }: TurnOptions,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Turn> {
  const options = ["-t1", `-c${connections}`, `-d${seconds}`, "--latency", ...args, url];
  const run = await pinned("wrk", options, signal);
  const requests = Number(/(\d+) requests in/.exec(run.stdout)?.[1]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(run.stdout)?.[1]);
  const [, p50, unit = ""] = /50%\s+([\d.]+)(us|ms|s)/.exec(run.stdout) ?? [];
  const scale = { us: 1, ms: 1_000, s: 1_000_000 }[unit] ?? Number.NaN;
  if (!(perSecond > 0)) throw new Error(`wrk said nothing we can read: ${run.stdout}`);
  return { perSecond, cpuMicrosPerRequest: cpuPer(run, requests), p50Micros: Number(p50) * scale };
}

export async function autocannonTurn(
  { url, connections, seconds }: TurnOptions,
  signal: AbortSignal,
): Promise<Turn> {
  const script = here("../../node_modules/autocannon/autocannon.js");
  const options = ["-c", `${connections}`, "-d", `${seconds}`, "-j", "-n", url];
  const run = await pinned(process.execPath, [script, ...options], signal);
  const { requests } = parseAutocannon(JSON.parse(run.stdout));
  return {
    perSecond: requests.average,
    cpuMicrosPerRequest: cpuPer(run, requests.total),
    p50Micros: Number.NaN,
  };
}

const pinned = (command: string, args: readonly string[], signal: AbortSignal) =>
  availableParallelism() > 1
    ? runProgram("taskset", ["-c", "1", command, ...args], signal)
    : runProgram(command, args, signal);

const cpuPer = (run: ProgramRun, requests: number) => (run.cpuSeconds * 1e6) / requests;
