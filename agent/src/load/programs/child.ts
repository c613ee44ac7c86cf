// A program under way: without a shell, in a process group of its own, with nothing of our environment, its output bounded.
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** Set when it could not be started or wrote too much. */
  readonly fault: string | undefined;
}

export interface Child {
  readonly ended: Promise<Ended>;
  /** To the whole group; nothing when it has ended. */
  signal(signal: "SIGINT" | "SIGKILL"): void;
}

/** Of what a program writes on standard output; past it it is killed. */
const stdoutBytesMax = 67_108_864;
/** Of what it writes on standard error, the first; the rest is read and forgotten. */
const stderrBytesMax = 65_536;

export function startChild(path: string, args: readonly string[], folder: string): Child {
  const leash = leashOn(process.env["PATH"]);
  const [program = path, ...all] = [...leash, path, ...args];
  const child = spawn(program, all, {
    cwd: folder,
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const signal = (name: "SIGINT" | "SIGKILL") => signalGroup(child, name);
  let fault: string | undefined;
  const stdout = collect(child.stdout, stdoutBytesMax, () => {
    fault ??= `it wrote more than ${stdoutBytesMax} bytes`;
    signal("SIGKILL");
  });
  const stderr = collect(child.stderr, stderrBytesMax, () => undefined);
  const ended = new Promise<Ended>((resolve) => {
    child.once("error", (cause) => {
      fault ??= `it could not be started: ${cause.message}`;
      // No "close" follows a failed start on every platform.
      if (child.pid === undefined) resolve({ stdout: "", stderr: "", exitCode: null, fault });
    });
    child.once("close", (exitCode) =>
      resolve({ stdout: stdout(), stderr: stderr(), exitCode, fault }),
    );
  });
  return { ended, signal };
}

/**
 * Ends the program with the agent, even when that dies by kill -9: the kernel's parent-death signal, set by util-linux' setpriv.
 * Without setpriv the program's own duration is what bounds it.
 */
function leashOn(search = ""): readonly string[] {
  for (const folder of search.split(delimiter)) {
    const path = join(folder, "setpriv");
    try {
      accessSync(path, constants.X_OK);
      return [path, "--pdeathsig", "KILL", "--no-new-privs", "--"];
    } catch {
      continue;
    }
  }
  return [];
}

function signalGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, signal);
  } catch (cause) {
    // It may have ended a moment ago.
    if (!(cause instanceof Error && "code" in cause && cause.code === "ESRCH")) throw cause;
  }
}

/** Keeps the first `bytesMax`; tells once when there are more. */
function collect(
  stream: NodeJS.ReadableStream,
  bytesMax: number,
  overflow: () => void,
): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    const room = bytesMax - bytes;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    if (bytes <= bytesMax && bytes + chunk.length > bytesMax) overflow();
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
