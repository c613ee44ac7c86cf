// What load generators are measured against: nginx, one worker on core 0, answering from memory.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../demo/claims.ts";

export interface HttpServer {
  readonly url: string;
  stop(): Promise<void>;
}

const startMs = 5_000;

/** Rejects when nginx is not installed or does not answer. */
export async function startHttpServer(): Promise<HttpServer> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-nginx-"));
  const port = await freePort(0);
  const config = join(folder, "nginx.conf");
  writeFileSync(config, configOf(folder, port));
  const child = spawn("taskset", ["-c", "0", "nginx", "-e", "stderr", "-c", config], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}/`;
  if (await answers(url, child)) return { url, stop };
  await stop();
  throw new Error("nginx does not answer: is it installed?");
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  const endMs = performance.now() + startMs;
  while (performance.now() < endMs && child.exitCode === null) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      return response.ok;
    } catch {
      // Not listening yet.
      await delay(20);
    }
  }
  return false;
}

const configOf = (folder: string, port: number) => `
daemon off;
master_process off;
worker_processes 1;
pid ${folder}/pid;
error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `  ${name}_temp_path ${folder}/${name};`).join("\n")}
  server {
    listen 127.0.0.1:${port};
    location / { return 200 "hello world\\n"; }
  }
}
`;
