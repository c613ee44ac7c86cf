// The receiver as a process: its log, its signals, the line that says it is ready.
import { pino } from "pino";
import { startReceiver } from "./compose.ts";
import type { ReceiveConfig } from "./config.ts";
import { receiveLimits } from "./limits.ts";

/** Runs until SIGTERM or SIGINT; resolves when everything is closed. SIGHUP renews the certificate. */
export async function runReceiver(config: ReceiveConfig): Promise<void> {
  const log = pino({ level: config.logLevel }, pino.destination({ fd: 2, sync: true }));
  const stopAsked = new Promise<void>((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
  const receiver = await startReceiver(config, log);
  process.on("SIGHUP", () => receiver.renewCertificate());
  process.stdout.write(`${JSON.stringify({ ready: true, url: receiver.url, pid: process.pid })}\n`);
  await stopAsked;
  const late = setTimeout(() => {
    log.error({ stopMs: receiveLimits.stopMs }, "receiver did not stop in time");
    process.exit(1);
  }, receiveLimits.stopMs);
  await receiver.stop();
  clearTimeout(late);
  log.info("receiver stopped");
}
