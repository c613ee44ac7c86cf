// One program of the demo: started on a leash, its log in a file, stopped in order, its last words told when it dies.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { DemoFailed } from "./errors.ts";

export interface ProgramOptions {
  readonly name: string;
  /** A TypeScript file and its arguments. */
  readonly script: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logDir: string;
}

export interface Program {
  readonly name: string;
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** False once it has ended. */
  readonly lives: boolean;
  /** The first line on standard output; rejects with DemoFailed when the program ends before it. */
  readonly firstLine: Promise<string>;
  /** Resolves when the program has ended, whatever the reason. */
  readonly ended: Promise<void>;
  /** What happened and the end of its log. */
  epitaph(): string;
  /** Sends a signal; false when it has ended. */
  kill(signal: NodeJS.Signals): boolean;
  /** SIGTERM, then SIGKILL; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts one program by its script, relative to the repository. */
export type Start = (
  name: string,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) => Program;

const stopGraceMs = 15_000;
const logBytesMax = 16_777_216;
const lastLines = 20;
const leash = new URL("leash.ts", import.meta.url).href;

export function startProgram(options: ProgramOptions): Program {
  const { name, script, args, cwd, env, logDir } = options;
  const logFile = join(logDir, `${name}.log`);
  const log = openLog(logFile);
  const child = spawn(process.execPath, ["--import", leash, script, ...args], {
    cwd,
    env,
    // A group of its own: Ctrl-C reaches the demo, which stops the programs in order.
    detached: true,
    stdio: ["pipe", "pipe", log],
  });
  closeSync(log);
  // A program that ends closes its end of the leash; that is told by `ended`.
  child.stdin?.on("error", () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
  const lives = () =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const epitaph = () =>
    `the ${name} ended (${fate(child)}). The end of ${logFile}:\n${lastLinesOf(logFile)}`;
  return {
    name,
    pid: child.pid,
    get lives() {
      return lives();
    },
    ended,
    epitaph,
    firstLine: firstLineOf(child, epitaph),
    kill: (signal) => lives() && child.kill(signal),
    async stop() {
      if (!lives()) return;
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), stopGraceMs);
      await ended;
      clearTimeout(late);
    },
  };
}

/** Appends; a log that has grown too large makes way for a new one. */
function openLog(file: string): number {
  mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logBytesMax) renameSync(file, `${file}.1`);
  return openSync(file, "a", 0o600);
}

function firstLineOf(child: ChildProcess, epitaph: () => string): Promise<string> {
  const line = new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      if (text.includes("\n")) return;
      text += chunk;
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
    const over = () => reject(new DemoFailed(epitaph()));
    child.once("error", over);
    child.once("exit", over);
  });
  // Whoever does not wait for the line hears of the end by `ended`.
  line.catch(() => undefined);
  return line;
}

function fate(child: ChildProcess): string {
  if (child.signalCode !== null) return `by ${child.signalCode}`;
  return child.exitCode === null ? "it could not be started" : `exit code ${child.exitCode}`;
}

function lastLinesOf(file: string): string {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").slice(-lastLines);
  return lines.map((line) => `  ${line.slice(0, 500)}`).join("\n");
}
