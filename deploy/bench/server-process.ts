// A server of ours in a process of its own on core 0, for generators to aim at.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";

export interface BenchServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** `file` beside this one prints its port. Rejects when it does not start. */
export async function startServerProcess(
  file: string,
  args: readonly string[],
  scheme: string,
): Promise<BenchServer> {
  const node = [process.execPath, fileURLToPath(new URL(file, import.meta.url)), ...args];
  const [command = "", ...rest] =
    availableParallelism() > 1 ? ["taskset", "-c", "0", ...node] : node;
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const port = await Promise.race([portOf(child), ended.then(() => undefined)]);
  if (port === undefined) throw new Error(`${file} did not start`);
  return {
    url: `${scheme}://127.0.0.1:${port}/`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function portOf({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  const [line]: Buffer[] = await once(stdout, "data");
  return line?.toString().trim();
}
