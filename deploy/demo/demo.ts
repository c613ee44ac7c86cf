// Starts the programs in the order they need each other, waits until the first samples have arrived, and stops them in
// reverse. Everything it keeps is in one folder: hub/, agent/, logs/, the password, the API token and, while it is ready,
// demo.json.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parser } from "@tidemark/proto";
import { Type } from "typebox";
import { claimFolder, freePort, requireFreePort } from "./claims.ts";
import type { DemoConfig } from "./config.ts";
import { agentEnv, enrolled } from "./enrolled.ts";
import { DemoFailed } from "./errors.ts";
import { makeExample } from "./example-profile.ts";
import { type HubClient, agentOf, hubClient } from "./hub-client.ts";
import { keptPassword, keptToken, writePrivately } from "./kept-secrets.ts";
import type { TargetAddresses } from "./open-target.ts";
import { type Program, type Start, startProgram } from "./program.ts";

/** demo.json: how a script finds a demo that is ready. */
export interface DemoFile {
  readonly url: string;
  /** An API token with the admin role. */
  readonly token: string;
  readonly agentId: string;
  /** The demo's own small server: something to aim a load test at, by HTTP/1.1. */
  readonly targetUrl: string;
  /** The same server in every protocol that the agents speak by themselves. */
  readonly targets: TargetAddresses;
}

const parseReady = parser(Type.Object({ url: Type.String() }), "the program's first line");
const parseTarget = parser(
  Type.Object({
    url: Type.String(),
    http2: Type.String(),
    grpc: Type.String(),
    websocket: Type.String(),
    sse: Type.String(),
    tcp: Type.String(),
    udp: Type.String(),
  } satisfies Record<keyof TargetAddresses, unknown>),
  "the target's first line",
);
const parseLocal = parser(Type.Object({ token: Type.String() }), "the hub's local access file");

const user = "admin";
const firstBeatMs = 60_000;
const pollMs = 100;

/** Runs until `signal` aborts or a program ends; throws DemoFailed when it cannot start or go on. */
export async function runDemo(
  config: DemoConfig,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  const demoFile = join(config.dataDir, "demo.json");
  const release = await claimFolder(config.dataDir);
  const programs: Program[] = [];
  const start: Start = (name, script, args, env) => {
    const program = startProgram({
      name,
      script: join(config.root, script),
      args,
      cwd: config.root,
      env: { ...config.env, ...env },
      logDir: join(config.dataDir, "logs"),
    });
    programs.push(program);
    return program;
  };
  try {
    rmSync(demoFile, { force: true });
    const beganMs = performance.now();
    const ready = await startAll(config, start, signal, say);
    writePrivately(demoFile, `${JSON.stringify(ready)}\n`);
    say(welcome(config, ready, performance.now() - beganMs));
    await Promise.race([death(programs), aborted(signal)]);
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    if (signal.aborted) say("tidemark: stopping");
    rmSync(demoFile, { force: true });
    for (const program of programs.reverse()) await program.stop();
    await release();
  }
}

async function startAll(
  config: DemoConfig,
  start: Start,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<DemoFile> {
  const { dataDir, httpPort, natsPort } = config;
  await requireFreePort(httpPort, "TIDEMARK_HTTP_PORT");
  await requireFreePort(natsPort, "TIDEMARK_NATS_PORT");
  keptPassword(dataDir);

  say("tidemark: starting the broker, the database and the hub");
  const hub = start("hub", "hub/src/main.ts", ["hub"], {
    TIDEMARK_DATA_DIR: join(dataDir, "hub"),
    TIDEMARK_HTTP_PORT: `${httpPort}`,
    TIDEMARK_NATS_PORT: `${natsPort}`,
    TIDEMARK_ADMIN_USER: user,
    TIDEMARK_ADMIN_PASSWORD_FILE: join(dataDir, "password"),
  });
  const { url } = parseReady(JSON.parse(await orAborted(hub.firstLine, signal)));
  const localAccess = readFileSync(join(dataDir, "hub", "keys", "local.json"), "utf8");
  const client = hubClient(url, parseLocal(JSON.parse(localAccess)).token);

  const agentId = await orAborted(enrolled(config, client, start, say), signal);
  say("tidemark: starting the agent, and a small server to aim load tests at");
  const agent = start("agent", "agent/src/main.ts", ["run"], agentEnv(config));
  // The next port but the broker's, the same at every start: the example profile aims there.
  const targetPort = await freePort(httpPort + 1 === natsPort ? httpPort + 2 : httpPort + 1);
  const target = start("target", "deploy/demo/target.ts", ["--port", `${targetPort}`], {});
  const targets = parseTarget(JSON.parse(await orAborted(target.firstLine, signal)));
  const token = await keptToken(dataDir, client);
  say("tidemark: waiting for this machine's first samples");
  await Promise.race([online(client, agentId, signal), death([hub, agent, target])]);
  await makeExample(client, agentId, targets.url);
  return { url, token, agentId, targetUrl: targets.url, targets };
}

async function online(client: HubClient, agentId: string, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + firstBeatMs;
  while (performance.now() < deadlineMs) {
    if ((await agentOf(client, agentId)).state === "online") return;
    await delay(pollMs, undefined, { signal });
  }
  throw new DemoFailed(
    `the agent did not reach the hub within ${firstBeatMs / 1_000} s: see its log`,
  );
}

/** Rejects as soon as one program has ended: a demo with a part missing is no demo. */
async function death(programs: readonly Program[]): Promise<never> {
  const [first] = await Promise.race(
    programs
      .filter(({ lives }) => lives)
      .map(async (program) => [(await program.ended, program)] as const),
  );
  throw new DemoFailed(first.epitaph());
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    promise,
    aborted(signal).then(() => {
      throw new DemoFailed("stopped before it was ready");
    }),
  ]);
}

function addressLines({ websocket, sse, http2, grpc, tcp, udp }: TargetAddresses): string[] {
  return [
    `    WebSocket  ${websocket}`,
    `    SSE        ${sse}  with the driver sse`,
    `    HTTP/2     ${http2}  with the driver http2`,
    `    gRPC       ${grpc}  its health check`,
    `    TCP, UDP   ${tcp}  ${udp}  echoes`,
  ];
}

function welcome(config: DemoConfig, ready: DemoFile, tookMs: number): string {
  return [
    "",
    `  Tidemark watches this machine (ready in ${(tookMs / 1_000).toFixed(1)} s)`,
    "",
    `  Open      ${ready.url}`,
    `  User      ${user}`,
    `  Password  ${keptPassword(config.dataDir)}`,
    "",
    `  A server to aim load tests at: ${ready.targetUrl} (try ${ready.targetUrl}freeze)`,
    ...addressLines(ready.targets),
    `  Data and logs: ${config.dataDir}`,
    "  Ctrl-C stops everything; the data stays.",
    "",
  ].join("\n");
}
