// The hub as it is run, in a process of its own, watched from outside: memory and CPU time by the kernel, samples by the hub's
// own /metrics, the event loop by hub-watch.ts.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";
import { Type } from "typebox";
import { parser } from "@tidemark/proto";
import { LocalAccess, localAccessFile } from "../../../hub/src/local-access.ts";
import { type ProcessUsage, usageOf } from "./process-usage.ts";

/** Ms from turn to turn of a loop that is looked at every 10 ms: what it waited is 10 less. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface RunningHub {
  readonly url: string;
  readonly pid: number;
  /** GET with the local token; the answer's text. Throws when it is no success. */
  get(path: string): Promise<string>;
  /** Samples stored since it started. */
  stored(): Promise<number>;
  /** Starts to look at the event loop. */
  watchLoop(): Promise<void>;
  loopDelay(): Promise<LoopDelay>;
  usage(): ProcessUsage;
  stop(): Promise<void>;
}

const root = new URL("../../../", import.meta.url).pathname;
const watch = new URL("hub-watch.ts", import.meta.url).href;
const cores = 2;
const startMs = 120_000;

const parseReady = parser(Type.Object({ url: Type.String() }), "the hub's ready line");
const parseAccess = parser(LocalAccess, "local access file");
const parseDelay = parser(
  Type.Object({ p50: Type.Number(), p99: Type.Number(), max: Type.Number() }),
  "loop delay",
);

/** On two cores, on free ports; its log goes where the bench's does. */
export async function startHubProcess(
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningHub> {
  const command = [process.execPath, "--import", watch, "hub/src/main.ts", "hub"];
  const pinned = availableParallelism() > cores ? ["taskset", "-c", `0-${cores - 1}`] : [];
  const [program, ...args] = [...pinned, ...command];
  const child = spawn(program ?? process.execPath, args, {
    cwd: root,
    env: {
      ...process.env,
      TIDEMARK_DATA_DIR: dataDir,
      TIDEMARK_HTTP_PORT: "0",
      TIDEMARK_NATS_PORT: "0",
      TIDEMARK_LOG_LEVEL: "warn",
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  try {
    const { url } = parseReady(JSON.parse(await firstLine(child)));
    const pid = child.pid ?? 0;
    const { token } = parseAccess(JSON.parse(readFileSync(localAccessFile(dataDir), "utf8")));
    const get = async (path: string) => {
      const response = await fetch(`${url}${path}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(60_000),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${text}`);
      return text;
    };
    return {
      url,
      pid,
      get,
      async stored() {
        const text = await get("/metrics");
        return Number(/^tidemark_hub_ingest_samples_total (\S+)$/m.exec(text)?.[1] ?? Number.NaN);
      },
      async watchLoop() {
        await ask(child, "begin");
      },
      loopDelay: async () => parseDelay(await ask(child, "report")),
      usage: () => usageOf(pid),
      stop: () => end(child),
    };
  } catch (cause) {
    await end(child);
    throw cause;
  }
}

async function ask(child: ChildProcess, what: string): Promise<unknown> {
  const answered = once(child, "message");
  child.send(what);
  const [answer] = await answered;
  return answer;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const late = setTimeout(() => reject(new Error("the hub did not come up")), startMs);
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const at = text.indexOf("\n");
      if (at < 0) return;
      clearTimeout(late);
      resolve(text.slice(0, at));
    });
    child.once("exit", (code, signal) => {
      clearTimeout(late);
      reject(new Error(`the hub ended at its start (${signal ?? code})`));
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
