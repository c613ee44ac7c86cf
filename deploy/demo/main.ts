// npm run demo: the whole of Tidemark on this machine, watching this machine. Ctrl-C stops it and leaves nothing running;
// the data stays. TIDEMARK_HTTP_PORT, TIDEMARK_NATS_PORT and TIDEMARK_DATA_DIR move it, so that two can run side by side.
import process from "node:process";
import { readDemoConfig } from "./config.ts";
import { DemoFailed } from "./errors.ts";
import { runDemo } from "./demo.ts";

const help = `The whole of Tidemark on this machine, watching this machine, with a server to aim load tests at in every protocol.

Usage: npm run demo

Prints the address, the user and a password, and where each protocol is spoken. Ctrl-C stops it and leaves nothing running.
Environment: TIDEMARK_HTTP_PORT (8478; the target takes the three ports after it where they are free), TIDEMARK_NATS_PORT
(4478) and TIDEMARK_DATA_DIR (.tidemark). What the target does: node deploy/demo/target.ts --help`;

const say = (line: string) => process.stdout.write(`${line}\n`);
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => stopping.abort());

try {
  if (process.argv.includes("--help")) say(help);
  else await runDemo(readDemoConfig(process.env), stopping.signal, say);
} catch (cause) {
  if (!(cause instanceof DemoFailed)) throw cause;
  process.stderr.write(`\ntidemark: ${cause.message}\n`);
  process.exitCode = 1;
}
