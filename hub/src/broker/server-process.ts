// One life of a nats-server child, from spawn to exit.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { isErrno } from "./durable-file.ts";
import { BrokerFailed } from "./errors.ts";

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines it printed, newest last: why it ended. */
  readonly lastLines: readonly string[];
}

export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** SIGTERM, then SIGKILL after `stopMs`: 2.9.10 ignores SIGTERM while its disk is full. */
  stop(): Promise<void>;
}

const stopMs = 5_000;
const lastLinesMax = 5;
/** Debian puts it where only root's PATH looks. */
const programs = ["nats-server", "/usr/sbin/nats-server", "/usr/local/sbin/nats-server"] as const;

/** Starts nats-server with the file at `configPath`. Throws BrokerFailed `server-missing` when it is not installed. */
export async function spawnServer(
  configPath: string,
  said: (line: string) => void,
): Promise<ServerProcess> {
  for (const program of programs) {
    const child = await spawned(program, configPath);
    if (child !== undefined) return serverProcess(child, said);
  }
  throw new BrokerFailed(
    "server-missing",
    "nats-server is not installed: apt-get install nats-server, or set the URL of a NATS server that runs elsewhere",
  );
}

/** Resolves once the kernel has started the program; undefined when there is no such program. */
function spawned(program: string, configPath: string): Promise<ChildProcess | undefined> {
  const child = spawn(program, ["-c", configPath], {
    // Its own session: Ctrl-C in a terminal must reach the hub alone, which stops its parts in order.
    detached: true,
    // The hub's environment may hold passwords that are none of the broker's business.
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child));
    child.once("error", (cause) => {
      if (isErrno(cause, "ENOENT")) resolve(undefined);
      else reject(new BrokerFailed("server-failed", `${program} could not be run`, { cause }));
    });
  });
}

function serverProcess(child: ChildProcess, said: (line: string) => void): ServerProcess {
  const { pid } = child;
  if (pid === undefined) throw new Error("a spawned child has a pid");
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lastLines.push(line);
      if (lastLines.length > lastLinesMax) lastLines.shift();
      said(line);
    });
  }
  // "close" comes after the last line has been read.
  const exited = new Promise<ServerExit>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, lastLines }));
  });
  return {
    pid,
    exited,
    async stop() {
      child.kill("SIGTERM");
      const killing = setTimeout(() => child.kill("SIGKILL"), stopMs);
      await exited;
      clearTimeout(killing);
    },
  };
}
