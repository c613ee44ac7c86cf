// A real nats-server for one test: its own port and store, killable and startable again on both.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NatsConnection, connect } from "@nats-io/transport-node";
import { type Lane, streams } from "@tidemark/proto";
import { freePort } from "../../../deploy/test/free-port.ts";

export interface TestBroker {
  readonly url: string;
  start(): Promise<void>;
  /** kill −9, and waits for the death. */
  kill(): Promise<void>;
  /** A client without limits. */
  admin(): Promise<NatsConnection>;
  stop(): Promise<void>;
}

/** Prepares a broker; `start` starts it. */
export async function prepareBroker(): Promise<TestBroker> {
  const directory = mkdtempSync(join(tmpdir(), "tidemark-broker-"));
  const port = await freePort();
  const config = join(directory, "nats.conf");
  writeFileSync(
    config,
    `listen: "127.0.0.1:${port}"\nmax_payload: 1048576\njetstream { store_dir: ${JSON.stringify(join(directory, "store"))} }\n`,
  );
  const url = `127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const clients: NatsConnection[] = [];
  const kill = async () => {
    const victim = child;
    child = undefined;
    if (victim === undefined || victim.exitCode !== null || victim.signalCode !== null) return;
    const dead = new Promise((resolve) => victim.once("exit", resolve));
    victim.kill("SIGKILL");
    await dead;
  };
  return {
    url,
    async start() {
      child = spawn("nats-server", ["-c", config], { stdio: "ignore" });
      await until(() => answers(port), "nats-server did not answer");
    },
    kill,
    async admin() {
      const client = await connect({
        servers: url,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 50,
      });
      clients.push(client);
      return client;
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Makes a lane's stream as the hub does: a full one refuses, and a second copy is a duplicate. */
export async function createStream(
  client: NatsConnection,
  lane: Lane,
  limits: { maxMessages?: number } = {},
): Promise<void> {
  const { name, subjects } = streams[lane];
  await api(client, `STREAM.CREATE.${name}`, {
    name,
    subjects,
    storage: "file",
    discard: "new",
    max_msgs: limits.maxMessages ?? -1,
    duplicate_window: 120_000_000_000,
    num_replicas: 1,
  });
}

export interface StreamMessage {
  readonly subject: string;
  readonly id: string;
  readonly body: string;
  readonly bytes: Uint8Array;
}

/** Everything a stream holds, in order. */
export async function messagesOf(client: NatsConnection, lane: Lane): Promise<StreamMessage[]> {
  const { name } = streams[lane];
  const { state } = await api(client, `STREAM.INFO.${name}`, {});
  const first = Math.max(1, Number(state["first_seq"]));
  const last = Number(state["last_seq"]);
  const found: StreamMessage[] = [];
  for (let from = first; from <= last; from += 200) {
    const seqs = Array.from({ length: Math.min(200, last - from + 1) }, (_, index) => from + index);
    const answers = await Promise.all(
      seqs.map((seq) => api(client, `STREAM.MSG.GET.${name}`, { seq })),
    );
    for (const { message } of answers)
      found.push({
        subject: String(message["subject"]),
        id: /Nats-Msg-Id: *(\S+)/.exec(decode(message["hdrs"]))?.[1] ?? "",
        body: decode(message["data"]),
        bytes: Buffer.from(String(message["data"]), "base64"),
      });
  }
  return found;
}

export async function purge(client: NatsConnection, lane: Lane): Promise<void> {
  await api(client, `STREAM.PURGE.${streams[lane].name}`, {});
}

/** Asks until `holds` answers true; a question that fails, as while a broker starts, is asked again. Fails with `what` after `deadlineMs`. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  deadlineMs = 60_000,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    let failure: unknown;
    try {
      if (await holds()) return;
    } catch (cause) {
      failure = cause;
    }
    if (performance.now() > end) throw new Error(what, { cause: failure });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

type Answer = Record<"state" | "message", Record<string, unknown>>;

async function api(client: NatsConnection, subject: string, body: unknown): Promise<Answer> {
  const reply = await client.request(`$JS.API.${subject}`, JSON.stringify(body), {
    // NATS waits for a second by default, and a busy machine may take longer to answer.
    timeout: 30_000,
  });
  const value = reply.json<Answer & { error?: { description: string } }>();
  if (value.error !== undefined) throw new Error(`${subject}: ${value.error.description}`);
  return value;
}

const decode = (base64: unknown) =>
  typeof base64 === "string" ? Buffer.from(base64, "base64").toString("utf8") : "";

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    const done = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once("data", () => done(true));
    socket.once("error", () => done(false));
    socket.setTimeout(1_000, () => done(false));
  });
}
