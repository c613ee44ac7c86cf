// `tidemark receive` in a process of its own, as the maintainers start it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parser } from "@tidemark/proto";
import { Type } from "typebox";

export const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const parseReady = parser(
  Type.Object({ ready: Type.Literal(true), url: Type.String(), pid: Type.Integer() }),
  "ready line",
);

export interface ReceiveProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** Everything it has said, on both outputs. */
  readonly said: () => string;
}

/** Rejects, with what it said, when it ends before it is ready. */
export async function startReceiveProcess(
  dataDir: string,
  ...args: string[]
): Promise<ReceiveProcess> {
  const child = spawn(
    process.execPath,
    [main, "receive", "--data-dir", dataDir, "--port", "0", ...args],
    { env: { PATH: process.env["PATH"] }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const closed = once(child, "close");
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = parseReady(JSON.parse(line));
    return { child, url, said: () => said };
  }
  await closed;
  throw new Error(said);
}

/** Its exit code; null when a signal ended it. */
export async function ended(
  { child }: ReceiveProcess,
  signal?: NodeJS.Signals,
): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, "exit");
  if (signal !== undefined) child.kill(signal);
  const [code] = await exit;
  return code;
}
