// The hub as a process: its ready line, its first password, its signals, and TLS.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parser } from "@tidemark/proto";
import { Type } from "typebox";
import { afterEach, beforeEach, expect, test } from "vitest";
import { selfSigned } from "./certificate.ts";
import { enrolment } from "./fake-agent.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const parseReady = parser(
  Type.Object({ ready: Type.Literal(true), url: Type.String(), pid: Type.Integer() }),
  "ready line",
);

let dataDir: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "tidemark-process-"));
});
afterEach(async () => {
  // Not SIGKILL: a hub that dies so leaves its broker behind for the next start, and here there is none.
  await Promise.all(children.splice(0).map((child) => ended(child, "SIGTERM")));
  rmSync(dataDir, { recursive: true, force: true });
});

interface HubProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly logs: () => string;
}

function spawnHub(env: Record<string, string> = {}): { child: ChildProcess; logs: () => string } {
  const child = spawn(process.execPath, [main, "hub"], {
    env: {
      PATH: process.env["PATH"],
      TIDEMARK_DATA_DIR: dataDir,
      TIDEMARK_HTTP_PORT: "0",
      TIDEMARK_NATS_PORT: "0",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let logs = "";
  child.stderr?.on("data", (chunk: Buffer) => (logs += chunk.toString()));
  return { child, logs: () => logs };
}

async function startHub(env: Record<string, string> = {}): Promise<HubProcess> {
  const { child, logs } = spawnHub(env);
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    const { url, pid } = parseReady(JSON.parse(line));
    expect(pid).toBe(child.pid);
    return { child, url, logs };
  }
  throw new Error(`the hub ended before it was ready: ${logs()}`);
}

async function ended(child: ChildProcess, signal?: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (signal !== undefined) child.kill(signal);
  return exit;
}

const signIn = (url: string, password: string) =>
  fetch(`${url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user: "admin", password }),
  });

test("makes a first password that only its owner can read, and keeps it over a restart", async () => {
  const hub = await startHub();
  const path = join(dataDir, "keys", "initial-admin-password");
  const password = readFileSync(path, "utf8").trim();
  expect(password).toHaveLength(20);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect((await signIn(hub.url, password)).status).toBe(200);
  expect(hub.logs()).not.toContain(password);

  expect(await ended(hub.child, "SIGTERM")).toBe(0);
  const again = await startHub();
  expect((await signIn(again.url, password)).status).toBe(200);
  expect(readFileSync(path, "utf8").trim()).toBe(password);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends it within five seconds, with live streams open, and leaves no broker",
  async (signal) => {
    const hub = await startHub();
    const local = join(dataDir, "keys", "local.json");
    const { token }: { token: string } = JSON.parse(readFileSync(local, "utf8"));
    const headers = { authorization: `Bearer ${token}` };
    const live = await fetch(`${hub.url}/api/v1/live`, { headers });
    const broker = brokerOf(hub.child.pid);
    expect(broker).toHaveLength(1);

    const startedMs = performance.now();
    expect(await ended(hub.child, signal)).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(await live.text()).toContain("retry:");
    expect(existsSync(local)).toBe(false);
    expect(broker.filter(isAlive)).toEqual([]);
    expect(hub.logs()).toContain("hub stopped");
  },
);

test("starts again with an agent that was revoked", async () => {
  const hub = await startHub();
  const api = async (of: HubProcess, method: string, path: string, body?: unknown) => {
    const local = readFileSync(join(dataDir, "keys", "local.json"), "utf8");
    const { token }: { token: string } = JSON.parse(local);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = body === undefined ? {} : { headers, body: JSON.stringify(body) };
    return fetch(`${of.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...init,
    });
  };
  const made = await api(hub, "POST", "/enrolment-tokens", {});
  const { token }: { token: string } = JSON.parse(await made.text());
  const enrolled = await api(hub, "POST", "/enrol", enrolment(token, "rack-1").body);
  const { agent }: { agent: string } = JSON.parse(await enrolled.text());
  expect((await api(hub, "DELETE", `/agents/${agent}`)).status).toBe(204);

  expect(await ended(hub.child, "SIGTERM")).toBe(0);
  const again = await startHub();
  const seen = await api(again, "GET", `/agents/${agent}`);
  expect(await seen.json()).toMatchObject({ state: "revoked" });
});

test("a second hub on the same data says so in a line and ends", async () => {
  await startHub();
  const { child, logs } = spawnHub();
  expect(await ended(child)).toBe(1);
  expect(logs()).toMatch(/tidemark: the hub with process id \d+ uses this data folder/);
  expect(logs()).not.toMatch(/\n\s+at /);
});

test("a port that is taken is told in a line", async () => {
  const hub = await startHub();
  const other = mkdtempSync(join(tmpdir(), "tidemark-process-"));
  try {
    const { port } = new URL(hub.url);
    const { child, logs } = spawnHub({ TIDEMARK_DATA_DIR: other, TIDEMARK_HTTP_PORT: port });
    expect(await ended(child)).toBe(1);
    expect(logs()).toContain(
      `tidemark: cannot listen on 127.0.0.1, port ${port}: another program uses it; stop that, or choose another port with TIDEMARK_HTTP_PORT\n`,
    );
    expect(logs()).not.toMatch(/\n\s+at /);
  } finally {
    rmSync(other, { recursive: true, force: true });
  }
});

test("over TLS the session is a __Host- cookie, and browsers stay on HTTPS", async () => {
  const { certFile, keyFile, cert } = selfSigned(dataDir, "localhost", "IP:127.0.0.1");
  const hub = await startHub({
    TIDEMARK_HTTP_TLS_CERTIFICATE_FILE: certFile,
    TIDEMARK_HTTP_TLS_KEY_FILE: keyFile,
    TIDEMARK_ADMIN_PASSWORD: "over tls it is",
  });
  expect(hub.url).toMatch(/^https:\/\/127\.0\.0\.1:/);
  const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
    const posted = request(
      `${hub.url}/api/v1/session`,
      {
        method: "POST",
        ca: cert,
        headers: { "content-type": "application/json" },
      },
      (response) => {
        response.resume();
        resolve(response.headers);
      },
    );
    posted.on("error", reject).end(JSON.stringify({ user: "admin", password: "over tls it is" }));
  });
  const [cookie] = headers["set-cookie"] ?? [];
  expect(cookie).toMatch(/^__Host-tidemark-\d+=/);
  expect(cookie).toContain("Secure");
  expect(headers["strict-transport-security"]).toBe("max-age=31536000");
});

/** Processes whose parent is `pid`, by /proc. */
function brokerOf(pid: number | undefined): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return children.split(" ").flatMap((child) => (child.trim() === "" ? [] : [Number(child)]));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
