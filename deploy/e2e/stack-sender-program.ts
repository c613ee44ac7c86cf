// A program: the real agent's outbox, shipper, link and beat around made-up measurements, whose every value is known
// beforehand. It writes a journal of what it measured, so that a test knows what must have arrived whatever was killed when:
//   begun S              the record from second S on is about to be handed to the outbox
//   kept S boot:seq ms   the outbox has taken it
//   acked boot:seq ms    the stream has acknowledged it
// SIGHUP: its clock is set an hour ahead; again: an hour and 100 seconds back.
// SIGUSR2: measure no more, wait until everything is acknowledged, send one last record, end with exit code 0.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { type BootId, type TaskReply, hashText, newId } from "@tidemark/proto";
import { pino } from "pino";
import { readIdentity } from "../../agent/src/enrol/identity.ts";
import { createNotices } from "../../agent/src/notices.ts";
import { createHubClock } from "../../agent/src/ship/hub-clock.ts";
import { startShipping } from "../../agent/src/ship/lanes.ts";
import { startLink } from "../../agent/src/ship/link.ts";
import { openNonces } from "../../agent/src/tasks/nonces.ts";
import { createTelemetry } from "../../agent/src/telemetry.ts";
import { parseSenderOptions } from "./stack-sender-options.ts";
import { madeUpFrames } from "./stack-values.ts";

const options = parseSenderOptions(process.env["TIDEMARK_TEST_SENDER"] ?? "");
const { dataDir, journal, salt, series, ticks, everyMs, bytesMax } = options;
const note = (line: string) => appendFileSync(journal, `${line}\n`);
const clocks = { now: () => Date.now(), monotonicMs: () => performance.now() };

const boot = newId<BootId>();
const startedAtMs = Date.now();
const log = pino({ base: null }, pino.destination({ fd: 2, sync: true }));
const { notice, open } = createNotices(clocks.now);
const telemetry = createTelemetry(log, notice, clocks.monotonicMs);
const shipping = startShipping({
  directory: join(options.outboxDir, "outbox"),
  boot,
  bytesMax,
  ageSecondsMax: 86_400,
  metricsPerSecond: 1_000 / everyMs,
  ...clocks,
  random: Math.random,
  report: telemetry.shipping,
});
open(shipping.lanes);
const unsupported: TaskReply = { ok: false, code: "unsupported", reason: "a made-up agent" };
const link = startLink({
  identity: () => readIdentity(dataDir),
  shipping: {
    ...shipping,
    connected: (send) =>
      shipping.connected(async (record) => {
        const outcome = await send(record);
        if (outcome.kind === "acked") note(`acked ${record.boot}:${record.seq} ${Date.now()}`);
        return outcome;
      }),
  },
  tasks: {
    now: clocks.now,
    runs: {
      start: async () => unsupported,
      tryOnce: async () => unsupported,
      cancel: () => unsupported,
      lease: () => unsupported,
    },
    replay: shipping.replay,
    resendTable: shipping.resendTable,
    renew: () => "a made-up agent keeps its JWT",
  },
  nonces: openNonces(join(dataDir, "nonces")),
  clock: createHubClock(clocks),
  describe: () => ({
    boot,
    version: "made-up",
    startedAtMs,
    intervalSeconds: 1,
    lanes: shipping.states(),
    activeRuns: [],
    load: { allowed: false, policy: "" },
  }),
  telemetry,
  ...clocks,
  random: Math.random,
});

const frames = madeUpFrames(salt, series);
shipping.lanes.series(hashText(frames.table.hash), frames.table.bytes);
let second = nextSecond();

function measure(): void {
  note(`begun ${second}`);
  const frame = frames.batch(second, ticks);
  const seq = shipping.states().metrics.nextSeq;
  shipping.lanes.metrics(frame);
  note(`kept ${second} ${boot}:${seq} ${Date.now()}`);
  second += ticks;
}

/** After the last life's last record, whether it was kept or not. */
function nextSecond(): number {
  if (!existsSync(journal)) return options.firstSecond;
  const begun = readFileSync(journal, "utf8").match(/^begun \d+$/gm) ?? [];
  return Number(begun.at(-1)?.slice(6) ?? options.firstSecond - ticks) + ticks;
}

const timer = setInterval(measure, everyMs);
let isAhead = false;
process.on("SIGHUP", () => {
  second += (isAhead ? -3_700 : 3_600) * ticks;
  isAhead = !isAhead;
});
process.once("SIGUSR2", () => void finish());
process.once("SIGTERM", () => process.exit(1));
process.stdout.write(`${JSON.stringify({ ready: true, boot })}\n`);

async function finish(): Promise<void> {
  clearInterval(timer);
  await everythingAcked();
  measure();
  await everythingAcked();
  await link.stop();
  shipping.stop();
  process.exit(0);
}

async function everythingAcked(): Promise<void> {
  while (!shipping.isQuiet() || shipping.counts("metrics").unsent > 0) await delay(50);
}
