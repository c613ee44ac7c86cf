// Starts the test-only ClickHouse front as a child process and stops it again.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";

export interface Front {
  readonly options: { readonly url: string; readonly user: string; readonly password: string };
  stop(): Promise<void>;
}

/** A fresh, empty ClickHouse over HTTP on a free loopback port. */
export async function startFront(): Promise<Front> {
  const user = "tidemark";
  const password = randomBytes(12).toString("hex");
  const script = fileURLToPath(new URL("clickhouse-front.ts", import.meta.url));
  const child = spawn(process.execPath, [script], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, FRONT_USER: user, FRONT_PASSWORD: password },
  });
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, "line");
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`the ClickHouse front ended with ${code} before it listened`);
  });
  const [line] = await Promise.race([ready, died]);
  const { port } = JSON.parse(line);
  died.catch(() => undefined);
  return {
    options: { url: `http://127.0.0.1:${port}`, user, password },
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}
