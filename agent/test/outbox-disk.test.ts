// A disk that refuses: a full tmpfs (which needs root to mount) and a directory that is not there.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BootId, newId } from "@tidemark/proto";
import { afterEach, expect, test } from "vitest";
import { Outbox } from "../src/outbox/outbox.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), "tidemark-disk-"));
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function open(directory: string, memoryBytesMax = 100_000) {
  const clock = { ms: 1_700_000_000_000 };
  const disk: string[] = [];
  const lost: [number, string][] = [];
  const outbox = new Outbox({
    directory,
    boot: newId<BootId>(),
    limits: {
      bytesMax: 64_000_000,
      ageMsMax: 86_400_000,
      keepAckedMs: 300_000,
      recordBytesMax: 100_000,
      memoryBytesMax,
    },
    now: () => clock.ms,
    monotonicMs: () => clock.ms,
    onDisk: (state) => disk.push(state.kind),
    onDropped: (records, why) => lost.push([records, why]),
  });
  return { outbox, clock, disk, lost };
}

function numbersIn(outbox: Outbox): number[] {
  return Array.from(outbox.range(outbox.boot, 1, 1_000_000), (record) => record.seq);
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test("keeps records in memory while its directory cannot be made, and writes them when it can", () => {
  const root = scratch();
  const blocker = join(root, "lane");
  writeFileSync(blocker, "in the way");
  const { outbox, clock, disk } = open(join(blocker, "outbox"));
  outbox.append("metrics", Buffer.from("a"));
  outbox.append("metrics", Buffer.from("b"));
  expect(disk).toEqual(["failed"]);
  expect(outbox.oldestUnsent(() => false)).toMatchObject({ seq: 1 });
  outbox.ack(outbox.boot, 1);
  rmSync(blocker);
  clock.ms += 6_000;
  outbox.maintain();
  expect(disk).toEqual(["failed", "recovered"]);
  expect(outbox.counts()).toMatchObject({ diskFailed: false, unsent: 1 });
  outbox.append("metrics", Buffer.from("c"));
  expect(numbersIn(outbox)).toEqual([1, 2, 3]);
});

test("finds what earlier lives left once a disk that failed at the start is back", () => {
  const root = scratch();
  const directory = join(root, "lane");
  const first = open(directory);
  first.outbox.append("metrics", Buffer.from("old"));
  first.outbox.close();
  rmSync(join(directory, "position.json"), { force: true });
  mkdirSync(join(directory, "position.json"));
  const second = open(directory);
  second.outbox.append("metrics", Buffer.from("new"));
  expect(second.disk).toEqual(["failed"]);
  rmSync(join(directory, "position.json"), { recursive: true });
  second.clock.ms += 6_000;
  second.outbox.maintain();
  expect(second.disk).toEqual(["failed", "recovered"]);
  expect(second.outbox.oldestUnsent(() => false)).toMatchObject({ boot: first.outbox.boot });
  expect(second.outbox.counts().unsent).toBe(2);
});

test("drops and counts the oldest of the memory ring", () => {
  const root = scratch();
  writeFileSync(join(root, "lane"), "in the way");
  const { outbox, lost } = open(join(root, "lane"), 16_000);
  for (const seq of upTo(300)) outbox.append("metrics", Buffer.alloc(100, seq));
  const { dropped } = outbox.state();
  expect(dropped).toBeGreaterThan(150);
  expect(dropped + outbox.counts().unsent).toBe(300);
  expect(new Set(lost.map(([, why]) => why))).toEqual(new Set(["memory"]));
});

test("survives a full disk without losing a record, and moves back when there is room", (context) => {
  const root = scratch();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", root], {
      stdio: "pipe",
    });
  } catch {
    console.log("full-disk test skipped: this user may not mount a tmpfs");
    context.skip("this user may not mount a tmpfs");
  }
  cleanups.push(() => execFileSync("umount", ["--lazy", root]));
  writeFileSync(join(root, "ballast"), Buffer.alloc(150_000));
  const { outbox, clock, disk } = open(join(root, "lane"), 1_000_000);
  for (const seq of upTo(200)) outbox.append("metrics", Buffer.alloc(1_000, seq));
  expect(disk).toEqual(["failed"]);
  expect(outbox.counts()).toMatchObject({ diskFailed: true, unsent: 200, damaged: 0 });
  clock.ms += 6_000;
  outbox.maintain();
  expect(disk).toEqual(["failed"]);
  for (const seq of numbersIn(outbox).slice(0, 20)) outbox.ack(outbox.boot, seq);
  rmSync(join(root, "ballast"));
  for (const seq of upTo(200)) if (seq > 100) outbox.ack(outbox.boot, seq);
  clock.ms += 6_000;
  outbox.maintain();
  expect(disk).toEqual(["failed", "recovered"]);
  expect(numbersIn(outbox)).toEqual(upTo(200));
  expect(outbox.counts()).toMatchObject({ diskFailed: false, unsent: 80, damaged: 0 });
  expect(outbox.state().dropped).toBe(0);
  outbox.close();
  const { outbox: next } = open(join(root, "lane"));
  expect(next.counts().unsent).toBe(80);
});
