// A hub that was killed −9 leaves its nats-server behind, holding the port and the store. The next hub on the same data
// folder stops it: adopting it would save agents a reconnect of a second and cost a second way of running.
import { readFile, readdir } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isErrno } from "./durable-file.ts";
import { BrokerFailed } from "./errors.ts";

const termMs = 5_000;
const killMs = 5_000;
const pollMs = 20;

/**
 * Stops the nats-server that runs with our `configPath` and whose hub is gone; resolves to its pid, or undefined when none ran.
 * `hubPid` is the hub that last used the folder. Throws BrokerFailed `data-in-use` when that hub is alive.
 */
export async function stopStaleServer(
  configPath: string,
  hubPid: number | undefined,
): Promise<number | undefined> {
  const pid = await findServer(configPath);
  if (pid === undefined) return undefined;
  // An orphan has been given another parent, so the pid of a dead hub that was used again cannot mislead us.
  const parent = await parentOf(pid);
  if (parent !== undefined && parent === hubPid)
    throw new BrokerFailed(
      "data-in-use",
      `the hub with process id ${parent} uses this data folder: stop it, or choose another folder`,
    );
  await endProcess(pid, configPath);
  return pid;
}

async function endProcess(pid: number, configPath: string): Promise<void> {
  for (const [signal, waitMs] of [
    ["SIGTERM", termMs],
    ["SIGKILL", killMs],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch (cause) {
      if (isErrno(cause, "ESRCH")) return;
      throw new BrokerFailed(
        "server-failed",
        `a broker left over from an earlier hub (process ${pid}) cannot be stopped: stop it yourself`,
        { cause },
      );
    }
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      if (!(await runsWith(pid, configPath))) return;
      await delay(pollMs);
    }
  }
  throw new BrokerFailed("server-failed", `process ${pid} survived SIGKILL: look at its disk`);
}

/** The process whose command line is `nats-server -c <configPath>`. Linux only: elsewhere there is no /proc and none is found. */
async function findServer(configPath: string): Promise<number | undefined> {
  let entries: string[];
  try {
    entries = await readdir("/proc");
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return undefined;
    throw cause;
  }
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    if (await runsWith(Number(entry), configPath)) return Number(entry);
  }
  return undefined;
}

async function runsWith(pid: number, configPath: string): Promise<boolean> {
  const [program, flag, path] = (await procFile(pid, "cmdline"))?.split("\0") ?? [];
  // A zombie has an empty command line, and holds neither port nor store.
  return basename(program ?? "") === "nats-server" && flag === "-c" && path === configPath;
}

async function parentOf(pid: number): Promise<number | undefined> {
  const stat = await procFile(pid, "stat");
  // proc(5): pid (comm) state ppid …; comm may hold spaces and brackets.
  const ppid = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
  return ppid === undefined ? undefined : Number(ppid);
}

async function procFile(pid: number, name: string): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/${name}`, "utf8");
  } catch (cause) {
    // The process ended meanwhile, or it is another user's.
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].some((code) => isErrno(cause, code)))
      return undefined;
    throw cause;
  }
}
