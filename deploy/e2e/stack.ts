// A whole Tidemark for one test: the real programs, started as a user would start them, in a folder and on ports of their own,
// to be killed and started again. `stop` leaves no process and no file behind, whatever the test did.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type AgentId, isAgentId } from "@tidemark/proto";
import { enrol } from "../../agent/src/enrol/enrol.ts";
import { type HubClient, hubClient, newAdminToken, newEnrolmentToken } from "../demo/hub-client.ts";
import { type Program, startProgram } from "../demo/program.ts";
import { freePort } from "../test/free-port.ts";
import { type StackBroker, stackBroker } from "./stack-broker.ts";
import { until } from "./stack-until.ts";

export interface EnrolledHost {
  readonly id: AgentId;
  readonly name: string;
  readonly dataDir: string;
}

export interface Stack {
  /** Everything of this stack is below it. */
  readonly folder: string;
  readonly hubDir: string;
  /** Speaks with an API token that survives the hub. */
  readonly api: HubClient;
  /** That token. */
  readonly token: string;
  readonly broker: StackBroker;
  /** The file system for the broker's store alone, when one was asked for and could be mounted. */
  readonly brokerDisk: string | undefined;
  /** The hub's process as it is now. */
  hub(): Program;
  /** Starts the hub again after it was killed; resolves when it is ready. */
  startHub(): Promise<void>;
  /** A host of the name with an identity in a folder of its own. */
  enrol(name: string, dataDir?: string): Promise<EnrolledHost>;
  /** `node agent/src/main.ts run` for an enrolled host. */
  startAgent(host: EnrolledHost, env?: Readonly<Record<string, string>>): Program;
  /** Another program of the repository, stopped with the rest. */
  start(
    name: string,
    script: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Program;
  /** A small file system of its own, or undefined where none can be mounted. */
  mount(path: string, bytes: number): Promise<string | undefined>;
  /** Rows of SQL statements over the database of the stopped hub, in their order. */
  rows(statements: readonly string[]): Promise<Record<string, unknown>[][]>;
  stop(): Promise<void>;
}

export interface StackOptions {
  /** Bytes of a file system for the broker's store alone. */
  readonly brokerDiskBytes?: number;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-stack-"));
  const hubDir = join(folder, "hub");
  const env = ownEnvironment();
  const broker = stackBroker(folder, hubDir, env["PATH"] ?? "");
  const programs: Program[] = [];
  const mounts: string[] = [];
  let hub: Program | undefined;

  const start: Stack["start"] = (name, script, args, more) => {
    const program = startProgram({
      name,
      script: join(root, script),
      args,
      cwd: root,
      env: { ...env, ...more },
      logDir: join(folder, "logs"),
    });
    programs.push(program);
    return program;
  };

  async function mount(path: string, bytes: number): Promise<string | undefined> {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    try {
      await run("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=0700`, "tmpfs", path]);
    } catch {
      return undefined;
    }
    mounts.push(path);
    return path;
  }

  async function stop(): Promise<void> {
    for (const program of programs) {
      program.kill("SIGCONT");
      program.kill("SIGKILL");
    }
    await Promise.all(programs.map((program) => program.ended));
    if (broker.pid() !== undefined) broker.kill();
    await until("the broker's end", () => broker.pid() === undefined);
    // To look into what a test left behind.
    if (process.env["TIDEMARK_TEST_KEEP"] === "1") return;
    for (const path of mounts) await run("umount", [path]);
    rmSync(folder, { recursive: true, force: true });
  }

  const httpPort = await freePort();
  const natsPort = await freePort();
  async function startHub(): Promise<void> {
    hub = start("hub", "hub/src/main.ts", ["hub"], {
      PATH: `${broker.binDir}:${env["PATH"]}`,
      TIDEMARK_DATA_DIR: hubDir,
      TIDEMARK_HTTP_PORT: `${httpPort}`,
      TIDEMARK_NATS_PORT: `${natsPort}`,
    });
    await hub.firstLine;
  }

  try {
    const { brokerDiskBytes } = options;
    const brokerDisk =
      brokerDiskBytes === undefined
        ? undefined
        : await mount(join(hubDir, "nats"), brokerDiskBytes);
    await startHub();
    const url = `http://127.0.0.1:${httpPort}`;
    const local: { token: string } = JSON.parse(
      readFileSync(join(hubDir, "keys", "local.json"), "utf8"),
    );
    const { secret } = await newAdminToken(hubClient(url, local.token), "stack");
    const api = hubClient(url, secret);
    return {
      folder,
      hubDir,
      api,
      token: secret,
      broker,
      brokerDisk,
      hub() {
        if (hub === undefined) throw new Error("the hub was started");
        return hub;
      },
      startHub,
      async enrol(name, dataDir = join(folder, name)) {
        const { token } = await newEnrolmentToken(api, { stack: "yes" });
        const { agent } = await enrol({
          hub: url,
          token,
          name,
          dataDir,
          replace: false,
          caFile: undefined,
          timeoutMs: 10_000,
        });
        if (!isAgentId(agent)) throw new Error("the hub gave an id that is none");
        return { id: agent, name, dataDir };
      },
      startAgent: (host, more = {}) =>
        start(host.name, "agent/src/main.ts", ["run"], {
          TIDEMARK_AGENT_DATA_DIR: host.dataDir,
          TIDEMARK_AGENT_BATCH_TICKS: "1",
          ...more,
        }),
      start,
      mount,
      rows: (statements) => query(join(hubDir, "clickhouse"), statements),
      stop,
    };
  } catch (cause) {
    const said = hub?.lives === false ? hub.epitaph() : "";
    await stop();
    throw new Error(`the stack could not be started. ${said}`, { cause });
  }
}

/** Fills the file system below `folder` with one file, all but `spareBytes`; the returned function takes it away. */
export function fillDisk(folder: string, spareBytes: number): () => void {
  const { bavail, bsize } = statfsSync(folder);
  const ballast = join(folder, "ballast");
  writeFileSync(ballast, new Uint8Array(Math.max(0, bavail * bsize - spareBytes)));
  return () => unlinkSync(ballast);
}

/** Without the settings of whoever runs the tests. */
function ownEnvironment(): Record<string, string | undefined> {
  const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` };
  const foreign = Object.keys(env).filter((name) => name.startsWith("TIDEMARK_"));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.includes(name)));
}

function query(path: string, statements: readonly string[]): Promise<Record<string, unknown>[][]> {
  const script = fileURLToPath(new URL("stack-query-program.ts", import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, path], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  child.stdin?.end(JSON.stringify(statements));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(said.stdout));
      else reject(new Error(`the database could not be asked: ${said.stderr.slice(-2_000)}`));
    });
  });
}
