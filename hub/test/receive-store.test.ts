// The receiver's tables on both engines: what is kept, for how long, and what is left of what was deleted.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dayOf, dayText } from "../src/receive/day.ts";
import { fingerprintOf } from "../src/receive/fingerprint.ts";
import {
  type KnownKey,
  type ReportRow,
  type ReportStore,
  openReportStore,
  reportDaysMax,
} from "../src/receive/store.ts";
import { type OpenedEngine, engines, openEngine } from "./store-engines.ts";

const today = dayOf(Date.now());

const made = (receivedDay = today, closedDay = today + 30): ReportRow => ({
  question: "fleet.size",
  period: 741,
  catalogue: 1,
  answer: { hosts: "64-127", release: "other" },
  public_key: randomBytes(32).toString("base64url"),
  text_sha256: randomBytes(32).toString("hex"),
  received_day: dayText(receivedDay),
  closed_day: dayText(closedDay),
});
const fingerprint = (row: ReportRow) => fingerprintOf(row.public_key, row.text_sha256);
const deletion = (row: ReportRow) => ({
  publicKey: row.public_key,
  fingerprint: fingerprint(row),
  closedDay: today + 30,
});

describe.each(engines)("the receiver's store (%s)", (engine) => {
  let opened: OpenedEngine;
  let store: ReportStore;
  beforeAll(async () => {
    opened = await openEngine(engine);
    store = await openReportStore(opened.database);
  });
  beforeEach(async () => {
    for (const table of ["shared_reports", "shared_keys"])
      await opened.database.command(`TRUNCATE TABLE ${table}`);
  });
  afterAll(() => opened?.stop());

  const stored = () =>
    opened.database.query<ReportRow>(
      "SELECT * FROM shared_reports ORDER BY public_key LIMIT 10000",
    );
  const sorted = (rows: readonly ReportRow[]) =>
    rows.toSorted((a, b) => (a.public_key < b.public_key ? -1 : 1));
  const known = async (day = today) => {
    const keys: KnownKey[] = [];
    for await (const page of store.known(day)) keys.push(...page);
    return keys;
  };

  test("keeps a report as it came, and no second copy of a batch", async () => {
    const rows = [made(), made(), made()];
    await store.insert(rows, "batch-1");
    await store.insert(rows, "batch-1");
    expect(await stored()).toEqual(sorted(rows));
  });

  test("keeps a batch of both sides of a midnight once too", async () => {
    const rows = [made(today - 1), made(today)];
    await store.insert(rows, "batch-1");
    await store.insert(rows, "batch-1");
    expect(await stored()).toEqual(sorted(rows));
  });

  test("tells no time but the day", async () => {
    const columns = await opened.database.query<{ name: string; type: string }>(
      `SELECT name, type
      FROM system.columns
      WHERE database = currentDatabase() AND table IN ('shared_reports', 'shared_keys')
      LIMIT 100`,
    );
    expect(columns.filter(({ type }) => /Time/.test(type))).toEqual([]);
    expect(columns.filter(({ type }) => type === "Date").map(({ name }) => name)).toEqual(
      expect.arrayContaining(["received_day", "closed_day"]),
    );
  });

  test("a row goes by itself after 35 days, the day before it stays", async () => {
    const old = made(today - reportDaysMax - 1);
    const young = made(today - reportDaysMax + 1);
    // Nobody waits an hour for a test; the age is the table's own.
    await opened.database.command(
      "ALTER TABLE shared_reports MODIFY SETTING merge_with_ttl_timeout = 0",
    );
    await store.insert([old, young], "batch-1");
    await expect.poll(stored, { timeout: 60_000 }).toEqual([young]);
  });

  test("a deleted report's row is gone, and only that", async () => {
    const [gone, other, third] = [made(), made(), made()];
    await store.insert([gone, other, third], "batch-1");
    await store.delete([deletion(gone)]);
    await store.delete([deletion(gone)]);
    expect(await stored()).toEqual(sorted([other, third]));
  });

  // Old parts go by a timer of the server's that takes half a minute; one engine tells enough of it.
  if (engine === "embedded")
    test("the files that held a deleted report go too", { timeout: 150_000 }, async () => {
      await opened.database.command(
        "ALTER TABLE shared_reports MODIFY SETTING old_parts_lifetime = 1",
      );
      const [gone, other] = [made(), made()];
      await store.insert([gone, other], "batch-1");
      await store.delete([deletion(gone)]);
      const parts = () =>
        opened.database.query<{ rows: number; active: number }>(
          `SELECT rows, active
          FROM system.parts
          WHERE database = currentDatabase() AND table = 'shared_reports' AND rows > 0
          LIMIT 100`,
        );
      await expect.poll(parts, { timeout: 120_000 }).toEqual([{ rows: 1, active: 1 }]);
    });

  test("remembers keys by hashes beyond their rows, and tombstones above all", async () => {
    const [kept, gone] = [made(), made()];
    await store.insert([kept, gone], "batch-1");
    await store.delete([deletion(gone)]);
    await store.remember();
    await store.remember();
    await opened.database.command("TRUNCATE TABLE shared_reports");
    const expected = [
      { fingerprint: fingerprint(kept), deleted: false, closedDay: today + 30 },
      { fingerprint: fingerprint(gone), deleted: true, closedDay: today + 30 },
    ];
    const found = await known();
    expect(found).toHaveLength(2);
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(await known(today + 30)).toEqual([]);

    const told = JSON.stringify(await opened.database.query("SELECT * FROM shared_keys LIMIT 100"));
    for (const { public_key, text_sha256 } of [kept, gone]) {
      expect(told).not.toContain(public_key);
      expect(told).not.toContain(text_sha256);
    }
  });

  test("a tombstone written before a crash still removes its row", async () => {
    const [gone, other] = [made(), made()];
    await store.insert([other], "batch-1");
    await store.delete([deletion(gone)]);
    // As if the row were still there when the receiver died.
    await store.insert([gone], "batch-2");
    await store.remember();
    expect(await stored()).toEqual([other]);
    expect((await known()).filter(({ deleted }) => deleted)).toHaveLength(1);
  });

  test("reads more keys than fit on a page", async () => {
    const count = 120_000;
    await opened.database.command(
      `INSERT INTO shared_keys (key_hash, text_hash, deleted, closed_day)
      SELECT if(number = 0, 0, cityHash64(number)), number, 0, toDate(${today + 5})
      FROM numbers(${count})`,
    );
    const keys = await known();
    expect(keys).toHaveLength(count);
    expect(
      new Set(keys.map(({ fingerprint: { keyLow, keyHigh } }) => `${keyHigh} ${keyLow}`)).size,
    ).toBe(count);
    expect(new Set(keys.map(({ fingerprint: { textLow } }) => textLow)).size).toBe(count);
  });
});
