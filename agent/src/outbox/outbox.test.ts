import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BootId, newId } from "@tidemark/proto";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { Outbox, type OutboxLimits } from "./outbox.ts";
import { positionName } from "./position.ts";
import { segmentHeaderBytes } from "./segment.ts";

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "tidemark-outbox-"));
  directories.push(directory);
  return directory;
}

const roomy: OutboxLimits = {
  bytesMax: 64_000_000,
  ageMsMax: 86_400_000,
  keepAckedMs: 300_000,
  recordBytesMax: 1_000_000,
  memoryBytesMax: 1_000_000,
};

/** A directory with a clock, opened as often as the test wants. */
function lane(limits: Partial<OutboxLimits> = {}, directory = freshDirectory()) {
  const clock = { ms: 1_700_000_000_000 };
  const dropped: [number, string][] = [];
  const disk: string[] = [];
  const open = (boot: BootId = newId<BootId>()) =>
    new Outbox({
      directory,
      boot,
      limits: { ...roomy, ...limits },
      now: () => clock.ms,
      monotonicMs: () => clock.ms - 1_600_000_000_000,
      onDisk: (state) => disk.push(state.kind),
      onDropped: (records, why) => dropped.push([records, why]),
    });
  return { directory, clock, open, dropped, disk };
}

const body = (text: string) => Buffer.from(text);

function unsent(outbox: Outbox): string[] {
  const seen = new Set<string>();
  const bodies: string[] = [];
  for (;;) {
    const record = outbox.oldestUnsent((boot, seq) => seen.has(`${boot}:${seq}`));
    if (record === undefined) return bodies;
    seen.add(`${record.boot}:${record.seq}`);
    bodies.push(Buffer.from(record.body).toString());
  }
}

const segmentFiles = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".seg"))
    .sort()
    .map((name) => join(directory, name));

test("gives back what was appended, oldest first, until it is acknowledged", () => {
  const outbox = lane().open();
  expect([outbox.append("metrics", body("a")), outbox.append("metrics", body("b"))]).toEqual([
    1, 2,
  ]);
  expect(outbox.state()).toMatchObject({ firstSeq: 1, nextSeq: 3, dropped: 0 });
  outbox.ack(outbox.boot, 1);
  expect(outbox.oldestUnsent(() => false)).toMatchObject({ seq: 2, topic: "metrics" });
  expect(unsent(outbox)).toEqual(["b"]);
  outbox.close();
});

test("replays records of an earlier life under their own boot id and numbers", () => {
  const { open } = lane();
  const first = open();
  first.append("metrics", body("a"));
  first.append("metrics", body("b"));
  first.ack(first.boot, 1);
  first.close();
  const second = open();
  second.append("metrics", body("c"));
  expect(second.oldestUnsent(() => false)).toMatchObject({ boot: first.boot, seq: 2 });
  expect(unsent(second)).toEqual(["b", "c"]);
  expect(second.state()).toMatchObject({ firstSeq: 1, nextSeq: 2 });
});

test("keeps acknowledged records for a replay, and frees them after keepAckedMs", () => {
  const { open, clock, directory, dropped } = lane();
  const outbox = open();
  outbox.append("metrics", body("a"));
  outbox.ack(outbox.boot, 1);
  clock.ms += 299_000;
  outbox.maintain();
  expect(Array.from(outbox.range(outbox.boot, 1, 9), (record) => record.seq)).toEqual([1]);
  expect(outbox.unack(outbox.boot, 1, 9)).toBe(1);
  expect(unsent(outbox)).toEqual(["a"]);
  outbox.ack(outbox.boot, 1);
  clock.ms += 301_000;
  outbox.maintain();
  expect(segmentFiles(directory)).toEqual([]);
  expect(outbox.unack(outbox.boot, 1, 9)).toBe(0);
  expect(outbox.state()).toMatchObject({ firstSeq: 2, nextSeq: 2, bytes: 0, dropped: 0 });
  expect(dropped).toEqual([]);
});

test("drops the oldest segment when full, counts every record, and remembers the count", () => {
  const { open, dropped } = lane({ bytesMax: 16_000 });
  const outbox = open();
  for (let index = 0; index < 400; index += 1) outbox.append("metrics", Buffer.alloc(100, index));
  const state = outbox.state();
  expect(state.bytes).toBeLessThanOrEqual(16_000);
  expect(state.dropped).toBeGreaterThan(250);
  expect(state.dropped + outbox.counts().unsent).toBe(400);
  expect(state.firstSeq).toBe(state.dropped + 1);
  expect(dropped.reduce((sum, [records]) => sum + records, 0)).toBe(state.dropped);
  // kill -9: nothing is closed.
  expect(open().state().dropped).toBe(state.dropped);
});

test("when full, lets go of what was sent before what was not", () => {
  const { open, dropped } = lane({ bytesMax: 16_000 });
  const outbox = open();
  const append = (count: number) => {
    for (let index = 0; index < count; index += 1) outbox.append("metrics", Buffer.alloc(100));
  };
  append(60);
  const waiting = 20;
  for (let seq = waiting + 1; seq <= 60; seq += 1) outbox.ack(outbox.boot, seq);
  for (let seq = 61; seq <= 400; seq += 1) {
    append(1);
    outbox.ack(outbox.boot, seq);
  }
  expect(outbox.state()).toMatchObject({ firstSeq: 1, dropped: 0 });
  expect(unsent(outbox)).toHaveLength(waiting);
  expect(dropped).toEqual([]);
});

test("drops what is older than ageMsMax, by a clock that no setting moves", () => {
  const { open, clock, dropped } = lane({ ageMsMax: 3_600_000 });
  const outbox = open();
  outbox.append("metrics", body("a"));
  clock.ms += 3_599_000;
  outbox.maintain();
  expect(unsent(outbox)).toEqual(["a"]);
  clock.ms += 2_000;
  outbox.maintain();
  expect(unsent(outbox)).toEqual([]);
  expect(dropped).toEqual([[1, "age"]]);
});

test("refuses a record past the limit and counts it", () => {
  const outbox = lane({ recordBytesMax: 10 }).open();
  expect(outbox.append("metrics", Buffer.alloc(11))).toBeUndefined();
  expect(outbox.append("metrics", Buffer.alloc(10))).toBe(1);
  expect(outbox.counts().refused).toBe(1);
});

test("treats a damaged position file as nothing acknowledged", () => {
  const { open, directory } = lane();
  const first = open();
  first.append("metrics", body("a"));
  first.ack(first.boot, 1);
  first.close();
  for (const text of ["", "{", "[]", '{"version":1,"dropped":-1}', "null"]) {
    writeFileSync(join(directory, positionName), text);
    expect(unsent(open())).toEqual(["a"]);
  }
});

test("a file that is no segment of ours costs nothing else", () => {
  const { open, directory } = lane();
  const first = open();
  first.append("metrics", body("a"));
  writeFileSync(join(directory, "000000000900.seg"), "hello");
  writeFileSync(join(directory, "README"), "hello");
  expect(unsent(open())).toEqual(["a"]);
});

test("survives a cut at any byte: the records before it are all there, the torn one is not", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 12 }),
      fc.nat(),
      fc.uint8Array({ maxLength: 30 }),
      (bodies, cutAt, garbage) => {
        const { open, directory } = lane();
        const first = open();
        const ends: number[] = [];
        for (const bytes of bodies) {
          first.append("metrics", bytes);
          ends.push(first.state().bytes);
        }
        const [file] = segmentFiles(directory);
        const cut = segmentHeaderBytes + (cutAt % ((ends.at(-1) ?? 0) - segmentHeaderBytes + 1));
        truncateSync(file!, cut);
        appendFileSync(file!, garbage);
        const second = open();
        const whole = ends.filter((end) => end <= cut).length;
        expect(unsent(second)).toEqual(
          bodies.slice(0, whole).map((bytes) => Buffer.from(bytes).toString()),
        );
        expect(second.append("metrics", body("next"))).toBe(1);
        expect(unsent(open()).at(-1)).toBe("next");
        rmSync(directory, { recursive: true });
        directories.length = 0;
      },
    ),
    { numRuns: 60 },
  );
});

test("a flipped byte costs the record it lies in and no other", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 40 }), { minLength: 2, maxLength: 12 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (bodies, at, mask) => {
        const { open, directory } = lane();
        const first = open();
        const ends: number[] = [];
        for (const text of bodies) {
          first.append("metrics", body(text));
          ends.push(first.state().bytes);
        }
        const [file] = segmentFiles(directory);
        const bytes = readFileSync(file!);
        const offset = segmentHeaderBytes + (at % (bytes.length - segmentHeaderBytes));
        bytes[offset] = bytes[offset]! ^ mask;
        writeFileSync(file!, bytes);
        const hit = ends.findIndex((end) => offset < end);
        const second = open();
        expect(unsent(second)).toEqual(bodies.toSpliced(hit, 1));
        const isInside = hit > 0 && hit < bodies.length - 1;
        expect(second.counts()).toMatchObject({ damaged: isInside ? 1 : 0 });
        rmSync(directory, { recursive: true });
        directories.length = 0;
      },
    ),
    { numRuns: 60 },
  );
});

test("a record damaged while it waits is counted and does not stand in the way", () => {
  const { open, directory } = lane();
  const outbox = open();
  for (const text of ["a", "b", "c"]) outbox.append("metrics", body(text));
  const [file] = segmentFiles(directory);
  const bytes = readFileSync(file!);
  bytes[bytes.indexOf("b", segmentHeaderBytes + 20)] = 0;
  writeFileSync(file!, bytes);
  expect(unsent(outbox)).toEqual(["a", "c"]);
  expect(outbox.counts()).toMatchObject({ damaged: 1, unsent: 2 });
});

type Step =
  | { readonly kind: "append"; readonly size: number }
  | { readonly kind: "ack"; readonly pick: number }
  | { readonly kind: "unack"; readonly pick: number; readonly span: number }
  | { readonly kind: "tick"; readonly ms: number }
  | { readonly kind: "restart" | "crash" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("append" as const), size: fc.nat(300) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("ack" as const), pick: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("unack" as const), pick: fc.nat(), span: fc.nat(5) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("tick" as const), ms: fc.nat(8_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("restart" as const, "crash" as const) }),
  },
);

test("behaves like a plain list under appends, acknowledgements, restarts and crashes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const { open, clock, directory } = lane();
      let outbox = open();
      /** Every record in order; after a crash an acknowledgement may be forgotten, never invented. */
      const model: {
        boot: BootId;
        seq: number;
        text: string;
        acked: boolean;
        maybe: boolean;
        everAcked: boolean;
      }[] = [];
      for (const [index, current] of steps.entries()) {
        switch (current.kind) {
          case "append": {
            const text = `${index}`.padEnd(current.size, "x");
            const seq = outbox.append("metrics", body(text));
            model.push({
              boot: outbox.boot,
              seq: seq!,
              text,
              acked: false,
              maybe: false,
              everAcked: false,
            });
            break;
          }
          case "ack": {
            const record = model[current.pick % Math.max(1, model.length)];
            if (record === undefined) break;
            outbox.ack(record.boot, record.seq);
            record.acked = true;
            record.everAcked = true;
            record.maybe = false;
            break;
          }
          case "unack": {
            const record = model[current.pick % Math.max(1, model.length)];
            if (record === undefined) break;
            const last = record.seq + current.span;
            outbox.unack(record.boot, record.seq, last);
            for (const other of model)
              if (other.boot === record.boot && other.seq >= record.seq && other.seq <= last) {
                other.acked = false;
                other.maybe = false;
              }
            break;
          }
          case "tick":
            clock.ms += current.ms;
            outbox.maintain();
            break;
          case "restart":
            outbox.close();
            outbox = open();
            break;
          case "crash":
            outbox = open();
            // The position may be up to 5 s old, either way.
            for (const record of model) record.maybe = true;
            break;
        }
        const left = unsent(outbox);
        const certain = model.filter(
          (record) => !record.everAcked || (!record.maybe && !record.acked),
        );
        const possible = model.filter((record) => record.maybe || !record.acked);
        expect(possible.map((record) => record.text)).toEqual(expect.arrayContaining(left));
        expect(left).toEqual(expect.arrayContaining(certain.map((record) => record.text)));
        // After the comparison the model takes the truth for what a crash left open.
        const held = new Set(left);
        for (const record of model)
          if (record.maybe) {
            record.acked = !held.has(record.text);
            record.maybe = false;
          }
        expect(left).toEqual(model.filter((record) => !record.acked).map((record) => record.text));
      }
      rmSync(directory, { recursive: true });
      directories.length = 0;
    }),
    { numRuns: 60 },
  );
});
