// What HTTP/2 generators are measured against: our own responder on core 0. nginx speaks HTTP/2 as well and is the slower of the
// two by far: at 55,000 requests/s its core is full, and the generator's half idle.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { HttpServer } from "./http-server.ts";

const responder = fileURLToPath(new URL("http2-responder.ts", import.meta.url));

/** Answers every request with twelve bytes. */
export async function startHttp2Server(): Promise<HttpServer> {
  return await startResponder("http", "http");
}

/** `answers`: what it says, see the responder. Rejects when it does not start. */
export async function startResponder(
  answers: "http" | "grpc",
  scheme: string,
): Promise<HttpServer> {
  const node = [process.execPath, responder, answers];
  const [command = "", ...args] =
    availableParallelism() > 1 ? ["taskset", "-c", "0", ...node] : node;
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const port = await Promise.race([portOf(child), ended.then(() => undefined)]);
  if (port === undefined) throw new Error("the HTTP/2 responder did not start");
  return {
    url: `${scheme}://127.0.0.1:${port}/`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function portOf({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  const [line]: Buffer[] = await once(stdout, "data");
  return line?.toString().trim();
}
