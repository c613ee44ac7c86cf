// A nats-server without accounts, for tests whose hub runs in a process of its own and connects by URL.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { type NatsConnection, connect } from "@nats-io/transport-node";
import { ensureStreams } from "../src/broker/streams.ts";
import { until } from "./metrics-source.ts";

export interface PlainBroker {
  readonly url: string;
  readonly connection: NatsConnection;
  stop(): Promise<void>;
}

/** With the hub's streams, empty. */
export async function startPlainBroker(): Promise<PlainBroker> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-nats-"));
  const args = ["-js", "-sd", folder, "-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", folder];
  const child: ChildProcess = spawn("nats-server", args, { stdio: "ignore" });
  const url = await until("the broker's port", () => portIn(folder));
  const connection = await connect({ servers: url, maxReconnectAttempts: -1 });
  await ensureStreams(await jetstreamManager(connection));
  return {
    url,
    connection,
    async stop() {
      await connection.close();
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
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
