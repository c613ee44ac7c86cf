// npm run demo: the whole of Tidemark on this machine, watching this machine. Ctrl-C stops it and leaves nothing running;
// the data stays. TIDEMARK_HTTP_PORT, TIDEMARK_NATS_PORT and TIDEMARK_DATA_DIR move it, so that two can run side by side.
import process from "node:process";
import { readDemoConfig } from "./config.ts";
import { DemoFailed } from "./errors.ts";
import { runDemo } from "./demo.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => stopping.abort());

try {
  await runDemo(readDemoConfig(process.env), stopping.signal, say);
} catch (cause) {
  if (!(cause instanceof DemoFailed)) throw cause;
  process.stderr.write(`\ntidemark: ${cause.message}\n`);
  process.exitCode = 1;
}
