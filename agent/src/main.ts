#!/usr/bin/env node
// The process: signals in, exit code out. 0 done, 1 refused with a reason, 2 wrong usage, 70 a bug.
import { CommanderError } from "commander";
import { runCli } from "./cli.ts";
import { ConfigRejected, EnrolmentFailed, IdentityRejected } from "./errors.ts";

const stop = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => stop.abort());

async function readStdin(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += String(chunk);
  return text;
}

function exitCodeOf(cause: unknown, asJson: boolean): number {
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : 2;
  if (cause instanceof ConfigRejected) {
    if (asJson) process.stdout.write(`${JSON.stringify({ ok: false, faults: cause.faults })}\n`);
    else
      process.stderr.write(
        `${cause.message}:\n${cause.faults.map((fault) => `  ${fault}\n`).join("")}`,
      );
    return 1;
  }
  if (cause instanceof IdentityRejected || cause instanceof EnrolmentFailed) {
    const { code, message } = cause;
    if (asJson) process.stdout.write(`${JSON.stringify({ ok: false, code, message })}\n`);
    else process.stderr.write(`${message}\n`);
    return 1;
  }
  process.stderr.write(
    `${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`,
  );
  return 70;
}

const args = process.argv.slice(2);
try {
  await runCli(args, {
    env: process.env,
    print: (text) => process.stdout.write(`${text}\n`),
    signal: stop.signal,
    onReload: (listener) => process.on("SIGHUP", listener),
    readStdin,
  });
  process.exitCode = 0;
} catch (cause) {
  process.exitCode = exitCodeOf(cause, args.includes("--json"));
}
