// The sharing in processes of its own that are killed with -9: at random, and in the moment when the receiver has a body and has not
// answered yet.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { LedgerEntry } from "@tidemark/proto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openDatabase } from "../src/store/database.ts";
import { openLedgerStore } from "../src/store/sharing-ledger.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";
import type { ChildOptions } from "./sharing-child.ts";
import { dayMs, startMs } from "./sharing-parts.ts";
import { type ReportReceiver, startReportReceiver } from "./sharing-receiver.ts";
import { silent } from "./store-engines.ts";

const children = new Set<ChildProcess>();
let broker: PlainBroker;
beforeAll(async () => {
  broker = await startPlainBroker();
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await broker.stop();
});

const shares = { "fleet.size": 1, "network.size": 1, "api.latency": 12, "load.latency": 4 };
const reportsShared = Object.values(shares).reduce((sum, count) => sum + count);

test("processes that are killed send the same in the end, once", { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-sharing-"));
  const clockFile = join(folder, "clock");
  writeFileSync(clockFile, String(startMs + 3 * dayMs));
  const receiver = await startReportReceiver();
  const options = {
    broker: broker.url,
    database: join(folder, "clickhouse"),
    clockFile,
    receiver: receiver.url,
    receiverKey: receiver.publicKey,
    shares,
  };
  await toTheEnd({ ...options, does: "idle" });
  expect(receiver.connections()).toBe(0);

  const share = await killedOver({ ...options, does: "share" }, receiver);
  const sent = receiver.received.length;
  const withdraw = await killedOver({ ...options, does: "withdraw" }, receiver);
  const requests = receiver.received.length - sent;
  console.log(
    `${share} killed over ${sent} requests for ${reportsShared} reports, ${withdraw} over ${requests} to delete them`,
  );

  const reports = receiver.received.filter(({ path }) => path === "/v1/report");
  expect(new Set(reports.map(({ publicKey }) => publicKey)).size).toBe(reportsShared);
  expect(new Set(reports.map(({ body }) => body.toString("latin1"))).size).toBe(reportsShared);
  const deletions = receiver.received.slice(sent);
  expect(deletions.filter(({ path }) => path !== "/v1/delete")).toEqual([]);
  expect(receiver.received.filter(({ status }) => status !== 200)).toEqual([]);
  // Those that were killed with a body on its way sent it again, and the receiver knew it.
  expect(sent).toBeGreaterThan(reportsShared);

  const database = await openDatabase({ path: options.database }, silent);
  const ledger = (
    await openLedgerStore(database).page(Number.MAX_SAFE_INTEGER, 1_000)
  ).toReversed();
  await database.close();
  const texts = (event: LedgerEntry["event"]) =>
    ledger.filter((entry) => entry.event === event).map(({ text }) => text);
  expect(ledger.map(({ number }) => number)).toEqual(ledger.map((_, at) => at + 1));
  expect(texts("sent").toSorted()).toEqual(
    [...new Set(reports.map(({ text }) => text))].toSorted(),
  );
  expect(texts("frozen").toSorted()).toEqual(texts("sent").toSorted());
  expect(texts("deletion-sent")).toHaveLength(reportsShared);
  expect(texts("withdrawn")).toHaveLength(1);
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Of each life's end: after a while of its own, or at its so manieth request, once the receiver has it. */
const ends = ["at random", 1, "at random", 4, "at random", 2] as const;

/** One life after another, the last one to the end. Resolves to how many were killed. */
async function killedOver(options: ChildOptions, receiver: ReportReceiver): Promise<number> {
  let killed = 0;
  for (const end of ends) {
    const child = start(options);
    const before = receiver.received.length;
    const reached = Promise.withResolvers<void>();
    if (end !== "at random")
      receiver.instead = () => {
        if (receiver.received.length - before + 1 < end) return undefined;
        return () => {
          child.process.kill("SIGKILL");
          reached.resolve();
        };
      };
    await Promise.race([child.begun, child.ended]);
    if (end === "at random")
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
    else await Promise.race([reached.promise, child.done, child.ended]);
    receiver.instead = () => undefined;
    if (child.process.exitCode === null) killed += 1;
    child.process.kill("SIGKILL");
    await child.ended;
  }
  await toTheEnd(options);
  return killed;
}

async function toTheEnd(options: ChildOptions): Promise<void> {
  const child = start(options);
  await Promise.race([child.done, child.ended]);
  child.process.kill("SIGKILL");
  await child.ended;
  await child.done;
}

function start(options: ChildOptions) {
  const script = fileURLToPath(new URL("sharing-child.ts", import.meta.url));
  const process_ = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(process_);
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  createInterface({ input: process_.stdout }).on("line", (line) => {
    if (line === "begun") begun.resolve();
    if (line === "done") done.resolve();
  });
  const ended = once(process_, "exit").then(() => {
    children.delete(process_);
    done.reject(new Error("the child ended before its work did"));
  });
  // One that was killed has not done its work, as was meant.
  done.promise.catch(() => undefined);
  return { process: process_, begun: begun.promise, done: done.promise, ended };
}
