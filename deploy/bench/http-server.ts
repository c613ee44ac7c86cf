// What load generators are measured against: nginx, one worker on core 0, answering from memory.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../demo/claims.ts";

export interface HttpServer {
  readonly url: string;
  /** The same over TLS, with a certificate that nobody vouches for. */
  readonly tlsUrl: string;
  /** Stops the process where it stands, and lets it go on. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

const startMs = 5_000;

/** Rejects when nginx is not installed or does not answer. */
export async function startHttpServer(): Promise<HttpServer> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-nginx-"));
  const [port, tlsPort] = [await freePort(0), await freePort(0)];
  const config = join(folder, "nginx.conf");
  makeCertificate(folder);
  writeFileSync(config, configOf(folder, port, tlsPort));
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
  const tlsUrl = `https://127.0.0.1:${tlsPort}/`;
  const freeze = () => void child.kill("SIGSTOP");
  const thaw = () => void child.kill("SIGCONT");
  if (await answers(url, child)) return { url, tlsUrl, freeze, thaw, stop };
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

function makeCertificate(folder: string): void {
  const key = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  const how = ["-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", ...how, ...key], { stdio: "ignore" });
}

const configOf = (folder: string, port: number, tlsPort: number) => `
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
    listen 127.0.0.1:${tlsPort} ssl;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    location / { return 200 "hello world\\n"; }
  }
}
`;
