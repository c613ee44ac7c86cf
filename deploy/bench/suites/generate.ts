// Our load generator beside wrk and autocannon: how much one core sends over 32 connections, and what it measures at a
// constant rate. The generators take turns, and ratios are of the two turns of one round, so that a busy neighbour is as
// busy for both.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Turn, type TurnOptions, autocannonTurn, nativeTurn, wrkTurn } from "../generators.ts";
import { startHttpServer } from "../http-server.ts";
import { type Result, type Suite, median, result } from "../result.ts";

const rounds = 5;
const connections = 32;
/** Long enough that the compiling of the first moments does not weigh. */
const seconds = 6;
/** More than any of them reaches; what is due then waits in the backlog, which holds this much and more. */
const saturatingPerSecond = 1_000_000;
const steadyPerSecond = 5_000;

export const generate: Suite = {
  name: "generate",
  async run(progress, signal) {
    const server = await startHttpServer();
    try {
      const options = { url: server.url, connections, seconds };
      const withWrk = isInstalled("wrk");
      const saturated = await saturate(options, withWrk, progress, signal);
      const steady = await steadily(options, withWrk, progress, signal);
      return { results: [...saturated, ...steady], notes };
    } finally {
      await server.stop();
    }
  },
};

const notes = [
  `${rounds} rounds; in each, every generator has one turn of ${seconds} s. Ratios are medians of the rounds' own ratios.`,
  `nginx answers 12 bytes from core 0; each generator has core 1 for all its threads. ${connections} connections.`,
  "CPU per request is the kernel's account of the whole process, its start included.",
  `wrk knows no rate: for ${steadyPerSecond}/s its Lua hook pauses each connection by a random whole number of milliseconds. Its timer has that grain, so ours runs with precision "economy", which has it too; "precise" stands beside it.`,
];

interface Round {
  readonly native: Turn;
  readonly wrk: Turn | undefined;
  readonly other: Turn;
}

async function saturate(
  options: TurnOptions,
  withWrk: boolean,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<Result[]> {
  const done: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    progress(`round ${round} of ${rounds}: as fast as each can`);
    done.push({
      native: await nativeTurn(options, saturatingPerSecond, "precise", signal),
      wrk: withWrk ? await wrkTurn(options, [], signal) : undefined,
      other: await autocannonTurn(options, signal),
    });
  }
  return [
    result(
      "requests/s, one core, 32 connections",
      medianOf(done, "native", "perSecond"),
      "/s",
      undefined,
      beside(done, "perSecond", "autocannon"),
    ),
    ...(withWrk
      ? [
          result("of wrk's requests/s", ratioOf(done, "native", "wrk", "perSecond"), "×", {
            atLeast: 0.85,
          }),
        ]
      : []),
    result("of autocannon's requests/s", ratioOf(done, "native", "other", "perSecond"), "×", {
      atLeast: 2,
    }),
    result(
      "CPU per request",
      medianOf(done, "native", "cpuMicrosPerRequest"),
      "µs",
      undefined,
      beside(done, "cpuMicrosPerRequest", "autocannon"),
    ),
  ];
}

async function steadily(
  options: TurnOptions,
  withWrk: boolean,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-bench-"));
  const script = join(folder, "rate.lua");
  // Each connection pauses so long after a response that together they send about the steady rate.
  const pauseMs = (connections / steadyPerSecond) * 1_000;
  writeFileSync(
    script,
    `function delay() return math.random(1, ${Math.round(2 * pauseMs) - 2}) end\n`,
  );
  try {
    const done: Round[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}: ${steadyPerSecond} requests/s`);
      done.push({
        native: await nativeTurn(options, steadyPerSecond, "economy", signal),
        wrk: withWrk ? await wrkTurn(options, ["-s", script], signal) : undefined,
        other: await nativeTurn(options, steadyPerSecond, "precise", signal),
      });
    }
    const achieved = (100 * medianOf(done, "native", "perSecond")) / steadyPerSecond;
    const away = Math.abs(ratioOf(done, "native", "wrk", "p50Micros") - 1) * 100;
    return [
      result(
        "achieved of 5,000 requests/s",
        achieved,
        "%",
        { atLeast: 99.5 },
        {
          precise: (100 * medianOf(done, "other", "perSecond")) / steadyPerSecond,
        },
      ),
      ...(withWrk
        ? [result("service time p50 at 5,000/s, away from wrk's", away, "%", { atMost: 15 })]
        : []),
      result(
        "service time p50 at 5,000/s",
        medianOf(done, "native", "p50Micros"),
        "µs",
        undefined,
        beside(done, "p50Micros", "precise"),
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const valuesOf = (done: readonly Round[], who: keyof Round, what: keyof Turn) =>
  done.map((round) => round[who]?.[what] ?? Number.NaN);

const medianOf = (done: readonly Round[], who: keyof Round, what: keyof Turn) =>
  median(valuesOf(done, who, what));

function ratioOf(done: readonly Round[], who: keyof Round, peer: keyof Round, what: keyof Turn) {
  const peers = valuesOf(done, peer, what);
  return median(valuesOf(done, who, what).map((value, at) => value / (peers[at] ?? Number.NaN)));
}

function beside(done: readonly Round[], what: keyof Turn, other: string): Record<string, number> {
  const wrk = done.some((round) => round.wrk !== undefined);
  return {
    ...(wrk ? { wrk: medianOf(done, "wrk", what) } : {}),
    [other]: medianOf(done, "other", what),
  };
}

function isInstalled(command: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" });
    return true;
  } catch {
    // The suite goes on without this peer.
    return false;
  }
}
