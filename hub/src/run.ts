// The hub as a process: logs, signals, the line that says it is ready, and the first password.
import { type Logger, pino } from "pino";
import { type RunningHub, startHub } from "./compose.ts";
import type { HubConfig } from "./config.ts";
import { CommandFailed } from "./errors.ts";
import { initialPasswordFile, writePrivately } from "./local-access.ts";

/** A stop that takes longer is cut short: what is not acknowledged comes again at the next start. */
const stopMsMax = 4_500;

/** Runs until SIGTERM or SIGINT; resolves when everything is closed. Throws CommandFailed, after closing, when a lane ended. */
export async function runHub(
  config: HubConfig,
  start: (config: HubConfig, log: Logger) => Promise<RunningHub> = startHub,
): Promise<void> {
  const log = pino({ level: config.logLevel }, pino.destination({ fd: 2, sync: true }));
  const stopAsked = new Promise<string>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  const hub = await start(config, log);
  if (hub.initialPassword !== undefined) await tellPassword(config, hub.initialPassword);
  process.stdout.write(`${JSON.stringify({ ready: true, url: hub.url, pid: process.pid })}\n`);

  const why = await Promise.race([stopAsked, hub.laneFailed]);
  if (typeof why === "string") log.info({ signal: why }, "hub stopping");
  else log.error({ lane: why.lane }, "hub stopping: it has lost a lane");
  const late = setTimeout(() => {
    log.error({ stopMsMax }, "hub did not stop in time");
    process.exit(1);
  }, stopMsMax);
  await hub.stop();
  clearTimeout(late);
  log.info("hub stopped");
  if (typeof why !== "string")
    throw new CommandFailed(`lane ${why.lane} ended: ${why.cause.message}`);
}

/** On a terminal once; else in a file that only the hub's owner can read. Never in the log. */
async function tellPassword({ admin, dataDir }: HubConfig, password: string): Promise<void> {
  if (process.stdout.isTTY) {
    process.stdout.write(`Sign in as ${admin.user} with the password ${password} (shown once)\n`);
    return;
  }
  await writePrivately(initialPasswordFile(dataDir), `${password}\n`);
}
