import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import {
  type Inflate,
  type NoticeCode,
  decodeBatch,
  decodeSeriesTable,
  openBatch,
} from "@tidemark/proto";
import { afterEach, expect, test } from "vitest";
import type { Collector, Reader, Sink } from "../src/collectors/collector.ts";
import { cpu } from "../src/collectors/cpu.ts";
import { filesystem } from "../src/collectors/filesystem.ts";
import { network } from "../src/collectors/network.ts";
import { createMountProbe, mountTimeoutMs } from "../src/procfs/mount-probe.ts";
import { readTimeoutMs } from "../src/sampler/rounds.ts";
import { createSampling } from "../src/sampler/sampling.ts";
import { type FrozenHost, freezeHost, readFrozen } from "./frozen-host.ts";

const inflate: Inflate = (bytes, bytesMax) => inflateRawSync(bytes, { maxOutputLength: bytesMax });

const frozenHosts: FrozenHost[] = [];
afterEach(() => {
  for (const frozen of frozenHosts.splice(0)) frozen.remove();
});

/** An agent's sampling under clocks of the test's own, and what of it the hub would see. */
function createRig(collectors: readonly Collector[], batchTicks = 1) {
  const frozen = freezeHost("tiny");
  frozenHosts.push(frozen);
  let wallMs = 1_790_000_000_400;
  let monotonicMs = 5_000_000;
  const notices: { code: NoticeCode; detail: string }[] = [];
  const ticks: { second: number; values: Record<string, number> }[] = [];
  const tableHashes: string[] = [];
  let names: readonly string[] = [];
  let decimals: readonly number[] = [];
  const sampling = createSampling({
    collectors,
    host: { ...frozen.host, now: () => wallMs, monotonicMs: () => monotonicMs },
    intervalSeconds: 1,
    batchTicks,
    notice: (code, detail) => notices.push({ code, detail }),
    lanes: {
      event() {},
      series(hash, frame) {
        const { series } = decodeSeriesTable(frame, inflate).table;
        tableHashes.push(hash);
        names = series.map((one) => [one.metric, ...Object.values(one.labels)].join(" "));
        decimals = series.map((one) => one.decimals);
      },
      metrics(frame) {
        const batch = decodeBatch(openBatch(frame, inflate).body, { decimals });
        for (let tick = 0; tick < batch.ticks; tick += 1)
          ticks.push({
            second: batch.firstSecond + tick,
            values: Object.fromEntries(
              names.map((name, index) => [name, batch.values[index * batch.ticks + tick]!]),
            ),
          });
      },
    },
  });
  const pass = (elapsedMs: number, steppedMs = 0): void => {
    monotonicMs += elapsedMs;
    wallMs += elapsedMs + steppedMs;
    sampling.step();
  };
  /** To the first tick. */
  const start = (): void => pass(600);
  return { sampling, pass, start, ticks, notices, tableHashes, frozen };
}

/** A collector of one series whose values the test gives; an Error is thrown, a promise is returned after its value is set. */
function scripted(
  name: string,
  metric: "system.cpu.context_switches" | "system.uptime",
  next: (read: number) => number | Error | Promise<void>,
): Collector {
  let reads = 0;
  return {
    name,
    everySeconds: 1,
    open(_, sink): Reader {
      const slot = sink.add(metric);
      return {
        read() {
          reads += 1;
          const value = next(reads);
          if (value instanceof Error) throw value;
          if (typeof value !== "number") return value.then(() => sink.set(slot, reads));
          sink.set(slot, value);
          return undefined;
        },
        close() {},
      };
    },
  };
}

const switches = "system.cpu.context_switches";

test("a counter that is reset is missing for that tick and goes on", () => {
  const counter = [1_000, 1_100, 1_200, 50, 150, 250];
  const rig = createRig([scripted("counter", switches, (read) => counter[read - 1]!)]);
  rig.start();
  for (let tick = 0; tick < 5; tick += 1) rig.pass(1_000);
  expect(rig.ticks.map((tick) => tick.values[switches])).toEqual([
    Number.NaN,
    100,
    100,
    Number.NaN,
    100,
    100,
  ]);
});

test("missed ticks are absent, and the rate after them is the mean, not a spike", () => {
  let total = 0;
  const rig = createRig([scripted("counter", switches, () => total)]);
  rig.start();
  for (const seconds of [1, 1, 4, 1]) {
    total += 100 * seconds;
    rig.pass(1_000 * seconds);
  }
  const first = rig.ticks[0]!.second;
  expect(rig.ticks.map((tick) => tick.second - first)).toEqual([0, 1, 2, 6, 7]);
  expect(rig.ticks.slice(1).map((tick) => tick.values[switches])).toEqual([100, 100, 100, 100]);
  expect(rig.sampling.readings().missed).toBe(3);
});

test("after a suspension of ten minutes rates start afresh", () => {
  let total = 0;
  const rig = createRig([scripted("counter", switches, () => (total += 100))]);
  rig.start();
  rig.pass(1_000);
  rig.pass(600_000);
  rig.pass(1_000);
  expect(rig.ticks.map((tick) => tick.values[switches])).toEqual([
    Number.NaN,
    100,
    Number.NaN,
    100,
  ]);
});

test("a clock set back is noticed, cuts the batch, and no second is emitted twice", () => {
  let total = 0;
  const rig = createRig([scripted("counter", switches, () => (total += 100))], 15);
  rig.start();
  for (let tick = 0; tick < 3; tick += 1) rig.pass(1_000);
  rig.pass(1_000, -5_000);
  expect(rig.notices).toMatchObject([{ code: "clock-stepped" }]);
  expect(rig.notices[0]!.detail).toContain("-5.0 s");
  expect(rig.ticks).toHaveLength(4);
  for (let tick = 0; tick < 8; tick += 1) rig.pass(1_000);
  rig.sampling.close();
  const seconds = rig.ticks.map((tick) => tick.second);
  expect(new Set(seconds).size).toBe(seconds.length);
  expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  expect(rig.notices).toHaveLength(1);
});

test("a clock set forward by an hour is noticed, and rates keep to the monotonic clock", () => {
  let total = 0;
  const rig = createRig([scripted("counter", switches, () => (total += 100))]);
  rig.start();
  rig.pass(1_000);
  rig.pass(1_000, 3_600_000);
  rig.pass(1_000);
  const [, before, after] = rig.ticks;
  expect(after!.second - before!.second).toBe(3_601);
  expect(rig.ticks.slice(1).map((tick) => tick.values[switches])).toEqual([100, 100, 100]);
  expect(rig.notices.map((notice) => notice.code)).toEqual(["clock-stepped"]);
  expect(rig.sampling.readings().missed).toBe(0);
});

test("a failing collector stops nobody, is told once, and recovers", () => {
  const rig = createRig([
    scripted("broken", switches, (read) => (read < 4 ? new Error("sensor on fire") : read)),
    scripted("sound", "system.uptime", (read) => read),
  ]);
  rig.start();
  for (let tick = 0; tick < 5; tick += 1) rig.pass(1_000);
  expect(rig.ticks.map((tick) => tick.values["system.uptime"])).toEqual([1, 2, 3, 4, 5, 6]);
  expect(rig.notices).toEqual([
    { code: "collector-failed", detail: "broken: sensor on fire" },
    { code: "collector-recovered", detail: "broken: works again" },
  ]);
});

test("a collector that cannot be opened is told once and tried again after a minute", () => {
  let opens = 0;
  const stubborn: Collector = {
    name: "stubborn",
    everySeconds: 1,
    open() {
      opens += 1;
      throw new Error("permission denied");
    },
  };
  const rig = createRig([stubborn, scripted("sound", "system.uptime", (read) => read)]);
  rig.start();
  for (let tick = 0; tick < 70; tick += 1) rig.pass(1_000);
  expect(opens).toBe(2);
  expect(rig.notices).toEqual([
    { code: "collector-failed", detail: "stubborn: permission denied" },
  ]);
});

test("a collector that hangs stops nobody and is not started twice", async () => {
  const gate = Promise.withResolvers<void>();
  let started = 0;
  const rig = createRig([
    scripted("hanging", switches, () => {
      started += 1;
      return started === 1 ? gate.promise : Promise.resolve();
    }),
    scripted("sound", "system.uptime", (read) => read),
  ]);
  rig.start();
  const seconds = readTimeoutMs / 1_000 + 3;
  for (let tick = 0; tick < seconds; tick += 1) rig.pass(1_000);
  expect(rig.ticks.at(-1)!.values["system.uptime"]).toBe(seconds + 1);
  expect(started).toBe(1);
  expect(rig.notices).toMatchObject([{ code: "collector-failed" }]);
  gate.resolve();
  await gate.promise;
  await new Promise(setImmediate);
  rig.pass(1_000);
  await new Promise(setImmediate);
  expect(started).toBe(2);
  expect(rig.notices.map((notice) => notice.code)).toEqual([
    "collector-failed",
    "collector-recovered",
  ]);
});

test("an interface that comes and goes changes the table, and only that does", () => {
  const rig = createRig([network]);
  const dev = join(rig.frozen.root, "proc", "net", "dev");
  const head = "Inter-| Receive | Transmit\n face |bytes |bytes\n";
  const line = (name: string, bytes: number): string =>
    `  ${name}: ${bytes} 1 0 0 0 0 0 0 ${bytes} 1 0 0 0 0 0 0\n`;
  const say = (...lines: string[]): void => writeFileSync(dev, head + lines.join(""));
  say(line("eth0", 1_000));
  rig.start();
  rig.pass(1_000);
  say(line("wg0", 5_000_000), line("eth0", 2_000));
  rig.pass(1_000);
  say(line("wg0", 5_000_100), line("eth0", 3_000));
  rig.pass(1_000);
  say(line("eth0", 4_000));
  rig.pass(1_000);
  expect(rig.tableHashes).toHaveLength(3);
  expect(rig.tableHashes[2]).toBe(rig.tableHashes[0]);
  const received = (name: string): (number | undefined)[] =>
    rig.ticks.map((tick) => tick.values[`system.network.io ${name} receive`]);
  expect(received("eth0")).toEqual([Number.NaN, 0, 1_000, 1_000, 1_000]);
  expect(received("wg0")).toEqual([undefined, undefined, Number.NaN, 100, undefined]);
});

test("hostile interface names reach the hub as harmless text, each only once", () => {
  const rig = createRig([network]);
  const names = ["\u001b[31mred", "\u0001[31mred", "e".repeat(400), "\ud800x", '"},{"metric"x'];
  const lines = names.map((name) => `${name}: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n`);
  writeFileSync(join(rig.frozen.root, "proc", "net", "dev"), `a\nb\n${lines.join("")}`);
  rig.start();
  rig.pass(1_000);
  const shown = Object.keys(rig.ticks.at(-1)!.values).filter((name) =>
    /^system.network.io .* receive$/.test(name),
  );
  // The first two become the same text: the second is refused and told.
  expect(shown).toHaveLength(4);
  expect(rig.notices.map((notice) => notice.code)).toEqual(["series-limit"]);
});

test("a mount that does not answer disables that mount alone", async () => {
  const frozen = freezeHost("server");
  frozenHosts.push(frozen);
  const asked: string[] = [];
  const size = { bsize: 4_096, blocks: 100, bfree: 50, bavail: 40, files: 0, ffree: 0 };
  const askMount = createMountProbe((path) => {
    asked.push(path);
    return path.endsWith("/mnt/archive") ? new Promise<never>(() => {}) : Promise.resolve(size);
  });
  const host = { ...frozen.host, askMount };
  const reading = await readFrozen({ ...frozen, host }, [filesystem]);
  const mounts = new Set(
    reading.series.map((series) => series.labels["system.filesystem.mountpoint"]),
  );
  expect([...mounts]).toEqual(["/", "/srv/data lake", "/boot"]);
  expect(asked.filter((path) => path.endsWith("/mnt/archive"))).toHaveLength(1);
  // A filesystem without inodes says nothing about them.
  expect(reading.series.map((series) => series.metric)).not.toContain(
    "system.filesystem.inodes.usage",
  );
  expect(reading.notices).toEqual([
    {
      code: "collector-failed",
      detail: `filesystem: /mnt/archive did not answer within ${mountTimeoutMs} ms`,
    },
  ]);
});

test("a clock that jumps while cores come and go never shows a busy fraction outside 0 … 1", () => {
  const rig = createRig([cpu]);
  const stat = join(rig.frozen.root, "proc", "stat");
  let ticks = 1_000;
  for (let second = 0; second < 20; second += 1) {
    ticks += second === 7 ? -900 : 37;
    const cores = Array.from({ length: 1 + (second % 3) }, (_, core) => `cpu${core}`);
    const line = `${ticks} 0 ${ticks} ${ticks * 3} ${100 - second} 0 0 0`;
    writeFileSync(stat, ["cpu", ...cores].map((name) => `${name} ${line}\n`).join(""));
    if (second === 0) rig.start();
    else rig.pass(1_000, second === 11 ? 7_200_000 : 0);
  }
  const fractions = rig.ticks.flatMap((tick) =>
    Object.entries(tick.values).filter(([name]) => name.includes("utilization")),
  );
  expect(fractions.length).toBeGreaterThan(20);
  for (const [, fraction] of fractions)
    expect(Number.isNaN(fraction) || (fraction >= 0 && fraction <= 1)).toBe(true);
});

test("a sink knows no slot -1", () => {
  let kept: Sink | undefined;
  const rig = createRig([
    {
      name: "odd",
      everySeconds: 1,
      open(_, sink) {
        kept = sink;
        return { read: () => sink.set(-1, 5), close() {} };
      },
    },
  ]);
  rig.start();
  expect(kept).toBeDefined();
  expect(rig.notices).toEqual([]);
});
