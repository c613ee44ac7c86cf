// The hub's own nats-server, as a test sees it from outside: found by the configuration it runs with, killed, kept away.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";

export interface StackBroker {
  /** A folder for the hub's PATH, before the real program's. */
  readonly binDir: string;
  pid(): number | undefined;
  /** SIGKILL; the pid it had. Throws when none runs. */
  kill(): number;
  /** From now on it cannot be started; the one that runs goes on. */
  bar(): void;
  unbar(): void;
}

export function stackBroker(folder: string, hubDir: string, searchPath: string): StackBroker {
  const binDir = join(folder, "bin");
  const barred = join(folder, "broker-barred");
  const config = join(hubDir, "nats", "server.conf");
  mkdirSync(binDir);
  writeFileSync(
    join(binDir, "nats-server"),
    `#!/bin/sh\n[ -e '${barred}' ] && exit 1\nexec '${realServer(searchPath)}' "$@"\n`,
  );
  chmodSync(join(binDir, "nats-server"), 0o755);
  const pid = () => serverOf(config);
  return {
    binDir,
    pid,
    kill() {
      const found = pid();
      if (found === undefined) throw new Error("no broker runs");
      process.kill(found, "SIGKILL");
      return found;
    },
    bar: () => writeFileSync(barred, ""),
    unbar: () => rmSync(barred, { force: true }),
  };
}

function realServer(searchPath: string): string {
  for (const folder of [...searchPath.split(":"), "/usr/sbin"]) {
    const path = join(folder, "nats-server");
    if (folder !== "" && existsSync(path)) return path;
  }
  throw new Error("nats-server is not installed");
}

function serverOf(config: string): number | undefined {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const [program = "", , path] = commandLine(entry);
    if (basename(program) === "nats-server" && path === config) return Number(entry);
  }
  return undefined;
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    // It ended meanwhile.
    return [];
  }
}
