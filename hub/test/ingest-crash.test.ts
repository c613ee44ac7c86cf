// The promise of exactly once, kept against kill -9: a hub that dies again and again, at the worst steps and at random, while
// batches arrive, many of them twice.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { jetstreamManager } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { type AgentId, newId } from "@tidemark/proto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFront } from "../../deploy/test/clickhouse-front-process.ts";
import { type DatabaseOptions, openDatabase } from "../src/store/database.ts";
import type { ChildOptions } from "./ingest-child.ts";
import { type Message, gauge, metricsSource, send, until } from "./metrics-source.ts";
import { type PlainBroker, startPlainBroker } from "./plain-broker.ts";
import { engines, silent } from "./store-engines.ts";

const agents = Array.from({ length: 8 }, () => newId<AgentId>());
const series = Array.from({ length: 30 }, (_, at) =>
  gauge("system.cpu.core.utilization", { "cpu.logical_number": String(at) }, 3),
);
const ticks = 15;

interface Child {
  readonly process: ChildProcess;
  readonly lines: unknown[];
  readonly ended: Promise<unknown>;
}

function startChild(options: ChildOptions): Child {
  const script = fileURLToPath(new URL("ingest-child.ts", import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: unknown[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
  return { process: child, lines, ended: once(child, "exit") };
}

const blocksOf = ({ lines }: Child) =>
  lines.filter((line) => typeof line === "object" && line !== null && "block" in line).length;
const rejectionsOf = ({ lines }: Child) =>
  lines.filter((line) => typeof line === "object" && line !== null && "rejected" in line);
const isReady = ({ lines }: Child) => (lines.includes("ready") ? true : undefined);

describe.each(engines)("ingest killed again and again (%s)", (engine) => {
  let broker: PlainBroker;
  let database: DatabaseOptions;
  let clean: () => Promise<void> | void;
  beforeAll(async () => {
    broker = await startPlainBroker();
    if (engine === "embedded") {
      const path = mkdtempSync(join(tmpdir(), "tidemark-crash-"));
      database = { path };
      clean = () => rmSync(path, { recursive: true, force: true });
    } else {
      const front = await startFront();
      database = { ...front.options, database: "crash" };
      clean = () => front.stop();
    }
  });
  afterAll(async () => {
    await broker.stop();
    await clean();
  });

  test("every sample is there once, in the roll-up too", { timeout: 300_000 }, async () => {
    // A short memory of the broker, so that most copies reach the hub.
    const manager = await jetstreamManager(broker.connection);
    const { config } = await manager.streams.info("METRICS");
    await manager.streams.update("METRICS", { ...config, duplicate_window: nanos(100) });

    const sources = agents.map((agent) => metricsSource(agent, series));
    // Each round is 15 s of samples, and a slow machine makes thousands of rounds: none may reach into the future.
    const start = Math.floor(Date.now() / 1000) - 5 * 86_400;
    const sent: Message[] = [];
    let rounds = 0;
    let publishing = true;
    const publisher = (async () => {
      for (const source of sources) await send(broker.connection, source.table());
      for (; publishing; rounds += 1) {
        for (const [at, source] of sources.entries()) {
          const values = series.map((_, column) =>
            Array.from(
              { length: ticks },
              (__, tick) => at + column / 10 + (rounds * ticks + tick) / 1000,
            ),
          );
          const message = source.batch(start + rounds * ticks, values);
          sent.push(message);
          await send(broker.connection, message);
        }
        const again = sent[Math.floor((rounds * 7_919) % sent.length)];
        if (again !== undefined) await send(broker.connection, again);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();

    const refused: unknown[] = [];
    const crashes: ChildOptions["crash"][] = [
      { step: "samples", when: "before", block: 1 },
      { step: "samples", when: "after", block: 2 },
      { step: "ledger", when: "after", block: 1 },
      { step: "ledger", when: "before", block: 3 },
    ];
    for (const crash of crashes) {
      const child = startChild({ url: broker.url, database, agents, ...(crash && { crash }) });
      await child.ended;
      expect(child.process.signalCode).toBe("SIGKILL");
      refused.push(...rejectionsOf(child));
    }
    for (let kills = 0; kills < 5; kills += 1) {
      const child = startChild({ url: broker.url, database, agents });
      await until("a start", () => isReady(child));
      await until("some blocks", () => (blocksOf(child) >= kills % 3 ? true : undefined));
      // Anywhere in a block's life.
      await new Promise((resolve) => setTimeout(resolve, kills * 41));
      child.process.kill("SIGKILL");
      await child.ended;
      refused.push(...rejectionsOf(child));
    }
    publishing = false;
    await publisher;
    const last = startChild({ url: broker.url, database, agents });
    await until("a start", () => isReady(last));
    const { state } = await manager.streams.info("METRICS");
    await until(
      "an empty stream",
      async () => ((await manager.streams.info("METRICS")).state.messages === 0 ? true : undefined),
      60_000,
    );
    last.process.kill("SIGTERM");
    await last.ended;
    refused.push(...rejectionsOf(last));
    // Not even as an overlap: the ledger knew every copy.
    expect(refused).toEqual([]);
    expect(state.last_seq).toBeGreaterThan(sent.length);

    const opened = await openDatabase(database, silent);
    const [found] = await opened.query<Record<string, number>>(
      `SELECT count() AS rows, uniqExact(sid, host, t) AS keys, round(sum(v), 3) AS total,
        (SELECT sum(n) FROM samples_1m) AS rolled, (SELECT round(sum(sm), 3) FROM samples_1m) AS rolledTotal
      FROM samples`,
    );
    await opened.close();
    if (engine === "embedded" && "path" in database)
      expect(existsSync(readFileSync(join(database.path, "blocks-folder"), "utf8"))).toBe(false);
    const expected = rounds * agents.length * series.length * ticks;
    let total = 0;
    for (let at = 0; at < agents.length; at += 1)
      for (let column = 0; column < series.length; column += 1)
        for (let tick = 0; tick < rounds * ticks; tick += 1)
          total += Math.round((at + column / 10 + tick / 1000) * 1000) / 1000;
    expect(found).toMatchObject({ rows: expected, keys: expected, rolled: expected });
    expect(found?.["total"]).toBeCloseTo(total, 0);
    expect(found?.["rolledTotal"]).toBeCloseTo(total, 0);
  });
});
