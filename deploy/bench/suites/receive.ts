// How many reports a second the receiver takes, each on a connection of its own, signed by a key of its own and stored before it is
// answered; and whether its memory grows with them. Reports are sealed beforehand by the senders' process, which shares the machine.
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { parser } from "@tidemark/proto";
import { Type } from "typebox";
import { usageOf } from "../fleet/process-usage.ts";
import type { Order, Sent } from "../receive/senders.ts";
import { type Suite, median, result } from "../result.ts";

const rounds = 24;
const reportsOfRound = 25_000;
/** Rounds after which its caches have found their size. */
const warmRounds = 8;
const atOnce = 1_500;
/** Before memory is looked at: the last rows are merged, and jemalloc has given back what it keeps for ten seconds (its decay). */
const settleMs = 12_000;
const bareRounds = 3;

interface Round {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly anonMegabytes: number;
  /** JavaScript's own, garbage collected. */
  readonly heapMegabytes: number;
  readonly peakMegabytes: number;
}

export const receive: Suite = {
  name: "receive",
  async run(progress, signal) {
    const folder = await mkdtemp(join(tmpdir(), "tidemark-bench-receive-"));
    const senders = fork(fileURLToPath(new URL("../receive/senders.ts", import.meta.url)));
    try {
      const bare = await bareRoundsOf(senders, progress, signal);
      const receiver = await startReceiver(folder);
      const done: Round[] = [];
      try {
        for (let round = 1; round <= rounds; round += 1) {
          signal.throwIfAborted();
          const one = await roundOf(senders, receiver);
          progress(`round ${round}: ${JSON.stringify(one)}`);
          done.push(one);
        }
        const keys = await receiver.figure("tidemark_receive_keys");
        if (keys !== rounds * reportsOfRound)
          throw new Error(`${rounds * reportsOfRound} receipts were given, ${keys} are known`);
      } finally {
        await receiver.stop();
      }
      return report(done, bare);
    } finally {
      senders.disconnect();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function report(done: readonly Round[], bare: readonly number[]) {
  const warm = done.slice(warmRounds);
  const of = (what: keyof Round) => median(done.map((round) => round[what]));
  const held = (what: keyof Round) => warm.map((round) => round[what]);
  return {
    results: [
      result(
        "reports accepted",
        of("perSecond"),
        "/s",
        { atLeast: 2_000 },
        {
          "slowest round": Math.min(...done.map(({ perSecond }) => perSecond)),
          "node:http that only reads": median(bare),
        },
      ),
      result("CPU of a report, all threads", of("cpuMicroseconds"), "µs", undefined),
      result(
        "memory gained by 100,000 reports, once warm",
        (slopeOf(held("anonMegabytes")) * 100_000) / reportsOfRound,
        "MB",
        { atMost: 5 },
        {
          "after warming up": median(held("anonMegabytes").slice(0, 3)),
          "at the end": median(held("anonMegabytes").slice(-3)),
          "after a round, least": Math.min(...held("anonMegabytes")),
          most: Math.max(...held("anonMegabytes")),
          "RSS, peak": done.at(-1)?.peakMegabytes ?? Number.NaN,
        },
      ),
      result(
        "JavaScript heap gained by 100,000 reports",
        (slopeOf(held("heapMegabytes")) * 100_000) / reportsOfRound,
        "MB",
        { atMost: 0.5 },
        { "at the end": held("heapMegabytes").at(-1) ?? Number.NaN },
      ),
    ],
    notes: [
      `${rounds} rounds of ${reportsOfRound.toLocaleString("en-US")} reports, ${atOnce} connections at a time, one report a connection, random answers to random questions; medians; every receipt counted; load average ${(loadavg()[0] ?? 0).toFixed(1)}.`,
      "A report is answered when its row is on the disk; sealing it costs its sender about as much CPU as all else here, and is done before the clock starts. Senders and receiver share the machine's cores.",
      `Memory: anonymous resident pages of the whole process with its embedded ClickHouse, ${settleMs / 1_000} s after each round and after a garbage collection; the slope is Theil and Sen's over the rounds after the first ${warmRounds}, in which the table of known keys, taken at the start, is touched whole and ClickHouse's caches grow. ClickHouse's arenas move with its merges by tens of MB from round to round; the heap is the receiver's own.`,
    ],
  };
}

async function roundOf(senders: ChildProcess, receiver: BenchReceiver): Promise<Round> {
  await ask(senders, { seal: reportsOfRound });
  const before = usageOf(receiver.pid).cpuMs;
  const sent = await sentTo(senders, receiver.port);
  const cpuMs = usageOf(receiver.pid).cpuMs - before;
  await delay(settleMs);
  const { heapBytes } = parseCollected(await ask(receiver.child, "collect"));
  const { anonBytes, peakRssBytes } = usageOf(receiver.pid);
  return {
    perSecond: reportsOfRound / sent.seconds,
    cpuMicroseconds: (cpuMs * 1_000) / reportsOfRound,
    anonMegabytes: anonBytes / 1e6,
    heapMegabytes: heapBytes / 1e6,
    peakMegabytes: peakRssBytes / 1e6,
  };
}

const parseCollected = parser(
  Type.Object({ heapBytes: Type.Number() }),
  "the receiver's garbage collection",
);

async function bareRoundsOf(
  senders: ChildProcess,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<number[]> {
  const file = fileURLToPath(new URL("../receive/bare-server.ts", import.meta.url));
  const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const port = Number(await firstLine(child));
    await ask(senders, { seal: reportsOfRound });
    const rates: number[] = [];
    for (let round = 1; round <= bareRounds; round += 1) {
      signal.throwIfAborted();
      const { seconds } = await sentTo(senders, port);
      rates.push(reportsOfRound / seconds);
      progress(`bare round ${round}: ${Math.round(reportsOfRound / seconds)}/s`);
    }
    return rates;
  } finally {
    await end(child);
  }
}

const parseSent = parser(
  Type.Object({
    seconds: Type.Number(),
    statuses: Type.Record(Type.String(), Type.Number()),
  }),
  "what was sent",
);

/** Throws when a report was not taken: a rate of refusals would be none. */
async function sentTo(senders: ChildProcess, port: number): Promise<Sent> {
  const sent: Sent = parseSent(await ask(senders, { port, atOnce }));
  if (sent.statuses[200] !== reportsOfRound)
    throw new Error(`not every report was taken: ${JSON.stringify(sent.statuses)}`);
  return sent;
}

async function ask(child: ChildProcess, order: Order | "collect"): Promise<unknown> {
  const answered = once(child, "message");
  child.send(order);
  const [answer] = await answered;
  return answer;
}

interface BenchReceiver {
  readonly child: ChildProcess;
  readonly port: number;
  readonly pid: number;
  /** Of /metrics. */
  figure(name: string): Promise<number>;
  stop(): Promise<void>;
}

const parseReady = parser(Type.Object({ url: Type.String() }), "the receiver's ready line");
const root = new URL("../../../", import.meta.url).pathname;

async function startReceiver(dataDir: string): Promise<BenchReceiver> {
  const flags = {
    "data-dir": dataDir,
    port: "0",
    "rate-per-minute": "100000000",
    "log-level": "warn",
  };
  const child = spawn(
    process.execPath,
    [
      "--import",
      new URL("../receive/collect.ts", import.meta.url).href,
      "hub/src/main.ts",
      "receive",
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    { cwd: root, stdio: ["ignore", "pipe", "inherit", "ipc"] },
  );
  const { url } = parseReady(JSON.parse(await firstLine(child)));
  const token = (await readFile(join(dataDir, "keys", "metrics-token"), "utf8")).trim();
  return {
    child,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    async figure(name) {
      const response = await fetch(`${url}/metrics`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const line = new RegExp(`^${name} (\\S+)$`, "m").exec(await response.text());
      return Number(line?.[1] ?? Number.NaN);
    },
    stop: () => end(child),
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  const ended = once(child, "exit").then(() => undefined);
  const line = child.stdout === null ? ended : once(child.stdout, "data");
  const first = await Promise.race([line, ended]);
  if (first === undefined) throw new Error("a server of the bench ended at its start");
  return String(first[0]).trim();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** The median of all slopes between two values, for each step from one to the next: no single round decides it. */
function slopeOf(values: readonly number[]): number {
  const slopes = values.flatMap((value, at) =>
    values.slice(at + 1).map((later, step) => (later - value) / (step + 1)),
  );
  return median(slopes);
}
