// A demo as a user starts it, in a folder and on ports of its own; and a look at what it leaves behind.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import type { DemoFile } from "../demo/demo.ts";
import { freePort } from "../test/free-port.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readyMs = 90_000;

export interface DemoPlace {
  readonly dataDir: string;
  readonly httpPort: number;
  readonly natsPort: number;
  remove(): void;
}

export interface DemoProcess {
  readonly child: ChildProcess;
  /** Everything it has printed so far, standard output and standard error. */
  output(): string;
  /** demo.json, once it is there; rejects with the output when the demo ended instead. */
  ready(): Promise<DemoFile>;
  /** Resolves to the exit code, null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

export async function demoPlace(): Promise<DemoPlace> {
  const dataDir = mkdtempSync(join(tmpdir(), "tidemark-demo-"));
  return {
    dataDir,
    httpPort: await freePort(),
    natsPort: await freePort(),
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

export function startDemo(place: DemoPlace): DemoProcess {
  const child = spawn(process.execPath, ["deploy/demo/main.ts"], {
    cwd: root,
    env: {
      ...process.env,
      TIDEMARK_DATA_DIR: place.dataDir,
      TIDEMARK_HTTP_PORT: `${place.httpPort}`,
      TIDEMARK_NATS_PORT: `${place.natsPort}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", (code) => resolve(code));
  });
  const file = join(place.dataDir, "demo.json");
  const appears = vi.waitFor.bind(undefined, () => {
    if (child.exitCode === null && !existsSync(file)) throw new Error(`not ready: ${printed}`);
  });
  return {
    child,
    output: () => printed,
    ended,
    async ready() {
      await appears({ timeout: readyMs, interval: 100 });
      if (!existsSync(file)) throw new Error(`the demo ended: ${printed}`);
      return JSON.parse(readFileSync(file, "utf8")) as DemoFile;
    },
  };
}

/** Ids of the processes that were started for the folder: it is in their arguments or their environment. */
export function processesOf(dataDir: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) =>
      ["cmdline", "environ"].some((file) => {
        try {
          return readFileSync(`/proc/${pid}/${file}`, "utf8").includes(dataDir);
        } catch {
          // It has ended since the listing, or belongs to somebody else.
          return false;
        }
      }),
    );
}

/** The id of the one process of the folder whose arguments hold `words`. */
export function processNamed(dataDir: string, words: string): number {
  const found = processesOf(dataDir).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").includes(words),
  );
  const [pid] = found;
  if (pid === undefined || found.length > 1) throw new Error(`${found.length} processes: ${words}`);
  return pid;
}

/** Resolves when nothing of the folder runs any more; rejects past `timeoutMs`. */
export async function nothingRuns(dataDir: string, timeoutMs = 20_000): Promise<void> {
  await vi.waitFor(
    () => {
      const left = processesOf(dataDir);
      if (left.length > 0) throw new Error(`still running: ${left.join(", ")}`);
    },
    { timeout: timeoutMs, interval: 100 },
  );
}
