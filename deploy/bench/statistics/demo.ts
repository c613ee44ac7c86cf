// A whole Tidemark to measure with: the demo in a folder and on ports of its own, and its API.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../demo/claims.ts";
import type { DemoFile } from "../../demo/demo.ts";
import { type HubClient, hubClient } from "../../demo/hub-client.ts";

export interface BenchDemo {
  readonly hub: HubClient;
  readonly demo: DemoFile;
  stop(): Promise<void>;
}

const readyMs = 120_000;
const pollMs = 100;

/** Rejects with what the demo printed when it does not become ready. */
export async function startBenchDemo(signal: AbortSignal): Promise<BenchDemo> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-bench-"));
  const [httpPort, natsPort] = [await freePort(0), await freePort(0)];
  const child = spawn(process.execPath, ["deploy/demo/main.ts"], {
    cwd: new URL("../../..", import.meta.url).pathname,
    env: {
      ...process.env,
      TIDEMARK_DATA_DIR: folder,
      TIDEMARK_HTTP_PORT: `${httpPort}`,
      TIDEMARK_NATS_PORT: `${natsPort}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  async function stop(): Promise<void> {
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
  const file = join(folder, "demo.json");
  const untilMs = performance.now() + readyMs;
  while (!existsSync(file)) {
    if (child.exitCode !== null || performance.now() > untilMs || signal.aborted) {
      await stop();
      throw new Error(`the demo did not start: ${printed}`);
    }
    await delay(pollMs);
  }
  const demo = JSON.parse(readFileSync(file, "utf8")) as DemoFile;
  return { hub: hubClient(demo.url, demo.token), demo, stop };
}
