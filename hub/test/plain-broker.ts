// A nats-server without accounts, for tests whose hub runs in a process of its own and connects by URL.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { type NatsConnection, connect } from "@nats-io/transport-node";
import { freePort } from "../../deploy/test/free-port.ts";
import { ensureStreams } from "../src/broker/streams.ts";
import { until } from "./metrics-source.ts";

export interface PlainBroker {
  readonly url: string;
  readonly connection: NatsConnection;
  /** kill -9, then the same broker over the same folder and port. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** With the hub's streams, empty. */
export async function startPlainBroker(): Promise<PlainBroker> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-nats-"));
  const start = (port: string): ChildProcess =>
    spawn(
      "nats-server",
      ["-js", "-sd", folder, "-a", "127.0.0.1", "-p", port, "--ports_file_dir", folder],
      { stdio: "ignore" },
    );
  let child = start(`${await freePort()}`);
  const url = await until("the broker's port", () => portIn(folder));
  const connection = await connect({
    servers: url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
  });
  await ensureStreams(await jetstreamManager(connection));
  const end = async (signal: "SIGTERM" | "SIGKILL") => {
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  return {
    url,
    connection,
    async crash() {
      await end("SIGKILL");
      child = start(new URL(url).port);
      await until("the broker's answer", () =>
        connection.flush().then(
          () => true,
          () => undefined,
        ),
      );
    },
    async stop() {
      await connection.close();
      await end("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function portIn(folder: string): string | undefined {
  const name = readdirSync(folder).find((file) => file.endsWith(".ports"));
  if (name === undefined) return undefined;
  const text = readFileSync(join(folder, name), "utf8");
  // The file is there before its content.
  return text.endsWith("}") ? JSON.parse(text).nats?.[0] : undefined;
}
