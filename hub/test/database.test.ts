import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../src/store/database.ts";
import { migrate } from "../src/store/migrate.ts";
import { nativeBlock } from "../src/store/native.ts";
import { defaultRetention } from "../src/store/retention.ts";
import { dateTime64 } from "../src/store/sql-text.ts";
import { type OpenedEngine, engines, openEngine, silent } from "./store-engines.ts";

// Within the retention: a row past its TTL is gone at the insert.
const startMs = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;

describe.each(engines)("the database (%s)", (engine) => {
  let opened: OpenedEngine;
  beforeAll(async () => {
    opened = await openEngine(engine);
  });
  afterAll(() => opened.stop());

  const block = (v: number) =>
    nativeBlock(
      {
        sids: Uint32Array.of(1, 1),
        hosts: Uint32Array.of(7, 7),
        seconds: Uint32Array.of(startMs / 1000, startMs / 1000 + 60),
        values: Float64Array.of(v, v),
      },
      2,
    );
  const counts = () =>
    opened.database.query<{ raw: number; rolled: number }>(
      "SELECT (SELECT count() FROM samples) AS raw, (SELECT sum(n) FROM samples_1m) AS rolled",
    );

  test("binds parameters of every kind it is given, hostile text included", async () => {
    const text = "a'b\\c\n\t{x:UInt8} `";
    const rows = await opened.database.query(
      "SELECT {n:UInt32} AS n, {list:Array(UInt32)} AS list, {text:String} AS text, {texts:Array(String)} AS texts",
      { n: 5, list: [1, 2], text, texts: ["it's", "b\\"] },
    );
    expect(rows).toEqual([{ n: 5, list: [1, 2], text, texts: ["it's", "b\\"] }]);
  });

  test("keeps a block once per token, in the roll-up too, and not the one after it", async () => {
    await opened.database.insertNative("samples", block(1), "t1");
    await opened.database.insertNative("samples", block(1), "t1");
    expect(await counts()).toEqual([{ raw: 2, rolled: 2 }]);
    await opened.database.insertNative("samples", block(1), "t2");
    await opened.database.insertNative("samples", block(2), "t3");
    expect(await counts()).toEqual([{ raw: 6, rolled: 6 }]);
  });

  test("inserts rows with maps and arrays, once per token", async () => {
    const row = {
      run: "r",
      agent: "a",
      idx: 0,
      started_at: dateTime64(startMs + 500),
      duration_ms: 1000,
      due: 1,
      sent: 1,
      completed: 1,
      dropped: 0,
      connects: 0,
      bytes_sent: 1,
      bytes_received: 1,
      statuses: { 200: 5 },
      errors: { timeout: 1 },
      backlog: 0,
      in_flight: 0,
    };
    await opened.database.insertRows("run_intervals", [row], "i1");
    await opened.database.insertRows("run_intervals", [row], "i1");
    await opened.database.insertRows("run_intervals", [{ ...row, idx: 1 }]);
    const rows = await opened.database.query(
      "SELECT idx, statuses, errors, toUnixTimestamp64Milli(started_at) AS ms FROM run_intervals ORDER BY idx",
    );
    expect(rows).toEqual([
      { idx: 0, statuses: { 200: 5 }, errors: { timeout: 1 }, ms: startMs + 500 },
      { idx: 1, statuses: { 200: 5 }, errors: { timeout: 1 }, ms: startMs + 500 },
    ]);
  });

  test("reports a wrong statement as ClickHouse's error with its code", async () => {
    await expect(opened.database.query("SELECT nothing FROM nowhere")).rejects.toMatchObject({
      code: "60",
    });
  });

  test("migrates twice without effect and changes a retention when asked", async () => {
    await migrate(opened.database, { ...defaultRetention, samples: 3, runs: 11 });
    const rows = await opened.database.query<{ name: string; ttl: string }>(
      "SELECT name, extract(engine_full, 'toIntervalDay\\\\((\\\\d+)\\\\)') AS ttl FROM system.tables WHERE database = currentDatabase() AND name IN ('samples', 'runs', 'samples_1m') ORDER BY name",
    );
    expect(rows).toEqual([
      { name: "runs", ttl: "11" },
      { name: "samples", ttl: "3" },
      { name: "samples_1m", ttl: "30" },
    ]);
    await expect(migrate(opened.database, { ...defaultRetention, samples: 0 })).rejects.toThrow(
      "retention of samples",
    );
    await migrate(opened.database, defaultRetention);
  });

  test("refuses a schema from a newer program", async () => {
    await opened.database.insertRows("schema_versions", [{ version: 9_999, name: "future" }]);
    await expect(migrate(opened.database, defaultRetention)).rejects.toMatchObject({
      code: "schema-too-new",
    });
    await opened.database.command(
      "ALTER TABLE schema_versions DELETE WHERE version = 9999 SETTINGS mutations_sync = 2",
    );
  });

  test("serves queries at the same time without mixing their parameters", async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        opened.database.query<{ n: number }>("SELECT {n:UInt32} AS n", { n }),
      ),
    );
    expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });
});

test("a second process cannot open the same embedded database, and says why", async () => {
  const path = mkdtempSync(join(tmpdir(), "tidemark-lock-"));
  const holder = spawn(
    process.execPath,
    [
      "-e",
      `const { Session } = require("chdb"); new Session(${JSON.stringify(path)}).query("SELECT 1"); console.log("open"); setInterval(() => {}, 1000);`,
    ],
    { cwd: new URL("..", import.meta.url).pathname, stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    await once(holder.stdout, "data");
    const script = `import("./src/store/database.ts").then(async ({ openDatabase }) => { try { await openDatabase({ path: ${JSON.stringify(path)} }, { info() {} }); console.log("opened"); } catch (error) { console.log(error.code); } })`;
    const second = spawn(process.execPath, ["-e", script], {
      cwd: new URL("..", import.meta.url).pathname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = await once(second.stdout, "data");
    expect(String(output).trim()).toBe("database-locked");
    await once(second, "exit");
  } finally {
    holder.kill("SIGKILL");
    await once(holder, "exit");
    rmSync(path, { recursive: true, force: true });
  }
});

test("a server that does not answer is named without its credentials", async () => {
  const options = {
    url: "http://127.0.0.1:9",
    user: "someone",
    password: "secret-word",
    database: "x",
  };
  const failure = await openDatabase(options, silent).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "database-unreachable" });
  expect(String(failure)).not.toContain("secret-word");
});
