// A hub's sharing and the maintainers' receiver, both real, on one clock: from the preview's bytes to the receiver's rows and back out.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startReceiver } from "../src/receive/compose.ts";
import { receiveConfig } from "../src/receive/config.ts";
import { openIdentity } from "../src/receive/identity.ts";
import { openDatabase } from "../src/store/database.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";
import {
  changingAnswers,
  dayMs,
  endMs,
  ledgerOf,
  nowhere,
  sendAll,
  startMs,
  startParts,
  yes,
} from "./sharing-parts.ts";
import { type OpenedEngine, openEngine, silent } from "./store-engines.ts";

let broker: PlainBroker;
let engine: OpenedEngine;
const dataDir = mkdtempSync(join(tmpdir(), "tidemark-both-"));
beforeAll(async () => {
  broker = await startPlainBroker();
  // One embedded database a process: that is the receiver's.
  engine = await openEngine("http");
});
afterAll(async () => {
  await engine.stop();
  await broker.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test(
  "the receiver keeps what the preview showed, and nothing after a withdrawal",
  { timeout: 120_000 },
  async () => {
    const clock = { nowMs: startMs + dayMs };
    const config = receiveConfig({ "data-dir": dataDir, port: "0" }, {});
    const receiver = await startReceiver(config, silent, () => clock.nowMs);
    const { publicKey } = await openIdentity(dataDir);
    const { sharing, stop } = await startParts(broker.connection, engine.database, {
      clock,
      answer: changingAnswers({ "fleet.size": 1, "api.latency": 8 }),
      settings: { ...nowhere, receiver: receiver.url, receiverKey: publicKey },
    });
    /** Of the receiver's table, once it has let go of its database. */
    const rows = async (database: Awaited<ReturnType<typeof openDatabase>>) =>
      database.query<{ sha: string }>("SELECT text_sha256 AS sha FROM shared_reports LIMIT 100");

    await sharing.answer(yes("fleet.size", "api.latency"), "ada");
    clock.nowMs = endMs;
    await sharing.tick();
    const { reports } = await sharing.preview();
    const shown = new Set(
      reports.filter(({ state }) => state === "waiting").map(({ sha256 }) => sha256),
    );
    expect(shown.size).toBe(9);
    await sendAll(sharing, clock);
    const events = async () => (await ledgerOf(sharing)).map(({ event }) => event);
    expect((await events()).filter((event) => event === "sent")).toHaveLength(9);
    await receiver.stop();
    let database = await openDatabase(config.database, silent);
    expect(new Set((await rows(database)).map(({ sha }) => sha))).toEqual(shown);
    await database.close();

    const again = await startReceiver(
      receiveConfig({ "data-dir": dataDir, port: new URL(receiver.url).port }, {}),
      silent,
      () => clock.nowMs,
    );
    expect(await sharing.withdraw({ delete: true }, "ada")).toEqual({ dropped: 0, deletions: 9 });
    await sendAll(sharing, clock);
    expect((await events()).filter((event) => event === "deletion-sent")).toHaveLength(9);
    expect(await events()).not.toContain("failed");
    await stop();
    await again.stop();
    database = await openDatabase(config.database, silent);
    expect(await rows(database)).toEqual([]);
    await database.close();
  },
);
