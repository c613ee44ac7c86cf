// A receipt is a promise: kept over kill -9 at any time, for reports and for deletions, and nothing counts twice.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../src/store/database.ts";
import {
  type Answer,
  type Sealed,
  posted,
  sealedDeletion,
  sealedReport,
} from "./receive-client.ts";
import { type ReceiveProcess, ended, startReceiveProcess } from "./receive-process.ts";
import { silent } from "./store-engines.ts";

let dataDir: string;
let receiver: ReceiveProcess | undefined;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "tidemark-receive-"));
});
afterEach(async () => {
  if (receiver !== undefined) await ended(receiver, "SIGKILL");
  rmSync(dataDir, { recursive: true, force: true });
});

const kills = 7;
const senders = 12;

test("killed again and again, it loses nothing that has a receipt and doubles nothing", async () => {
  const start = () => startReceiveProcess(dataDir, "--rate-per-minute", "1000000");
  receiver = await start();
  const kept: Sealed[] = [];
  const gone: Sealed[] = [];
  const receipts = new Map<Sealed, string>();
  let sending = true;
  let cut = 0;
  let receipted = 0;

  /** Sends until it is answered, as a sender does whose receiver is away. */
  const sent = async (path: string, body: Buffer): Promise<Answer> => {
    for (;;) {
      const answer = await posted(receiver?.url ?? "", path, body);
      if (answer.status !== 0) {
        receipted += 1;
        return answer;
      }
      cut += 1;
      await delay(20);
    }
  };
  const send = async () => {
    for (let turn = 0; sending; turn += 1) {
      const one = sealedReport();
      const { status, text } = await sent("/v1/report", one.body);
      expect(status).toBe(200);
      receipts.set(one, text);
      if (turn % 3 > 0) {
        kept.push(one);
        continue;
      }
      expect((await sent("/v1/delete", sealedDeletion(one).body)).status).toBe(200);
      gone.push(one);
    }
  };
  const all = Promise.all(Array.from({ length: senders }, send));
  for (let kill = 0; kill < kills; kill += 1) {
    const before = receipted;
    await expect.poll(() => receipted - before, { timeout: 60_000 }).toBeGreaterThan(senders);
    // Anywhere between two stores.
    await delay(kill * 45);
    await ended(receiver, "SIGKILL");
    receiver = await start();
  }
  sending = false;
  await all;
  expect(cut).toBeGreaterThan(0);

  for (const one of kept.slice(0, 20))
    expect(await posted(receiver.url, "/v1/report", one.body)).toEqual({
      status: 200,
      text: receipts.get(one),
    });
  for (const one of gone.slice(0, 20))
    expect((await posted(receiver.url, "/v1/report", one.body)).status).toBe(409);
  expect(await ended(receiver, "SIGTERM")).toBe(0);

  const database = await openDatabase({ path: join(dataDir, "clickhouse") }, silent);
  try {
    // Without FINAL: there must be no copy that a merge would have to remove.
    const rows = await database.query<{ public_key: string }>(
      "SELECT public_key FROM shared_reports ORDER BY public_key LIMIT 100000",
    );
    expect(rows.map((row) => row.public_key)).toEqual(
      kept.map(({ key }) => key.publicKey).toSorted(),
    );
  } finally {
    await database.close();
  }
});
