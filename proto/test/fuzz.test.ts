// What a hostile or broken agent can send. The only ways out of a decoder are its value, MalformedBytes and MessageRejected:
// whatever else is thrown would end the hub's ingest.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Batch,
  ByteReader,
  ByteWriter,
  MalformedBytes,
  MessageRejected,
  type Series,
  type SeriesTable,
  decodeBatch,
  decodeHistogram,
  decodeSeriesTable,
  encodeBatch,
  encodeSeriesTable,
  frameKinds,
  openBatch,
  parseBeat,
  parseEvent,
  parseRunFinal,
  parseRunInterval,
  parseSignedTask,
  parseTaskEnvelope,
  roundToScale,
  scaleOf,
  seriesKey,
  wireLimits,
} from "../src/index.ts";
import { deflate, inflate, unzlib } from "./zlib.ts";

/** Runs a decoder on what may be rubbish: true when it gave a value, false when it refused as it should. */
function decodes(decode: () => unknown): boolean {
  try {
    decode();
    return true;
  } catch (cause) {
    expect(cause).toSatisfy(
      (error) => error instanceof MalformedBytes || error instanceof MessageRejected,
    );
    return false;
  }
}

const labels = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z0-9_.]{0,20}$/),
  fc.string({ maxLength: 40, unit: "binary" }).map((text) => text.replaceAll(/\p{Cc}/gu, "")),
  { maxKeys: 6 },
);
const series: fc.Arbitrary<Series> = fc.record({
  metric: fc.stringMatching(/^[a-z][a-z0-9_]{0,12}(\.[a-z0-9][a-z0-9_]{0,8}){0,2}$/),
  labels,
  unit: fc.constantFrom("By", "s", "1", "{packet}"),
  kind: fc.constantFrom("gauge", "rate"),
  decimals: fc.integer({ min: 0, max: wireLimits.decimalsMax }),
});
const table: fc.Arbitrary<SeriesTable> = fc
  .uniqueArray(series, { maxLength: 20, selector: seriesKey })
  .map((list) => ({ series: list }));

const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  { weight: 2, arbitrary: fc.integer({ min: -5, max: 5 }) },
  { weight: 1, arbitrary: fc.double() },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 52, -(2 ** 52), 2 ** 52 - 1, 1 - 2 ** 52) },
  { weight: 2, arbitrary: fc.constant(Number.NaN) },
);
const batch = fc
  .record({
    decimals: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 }),
    ticks: fc.integer({ min: 1, max: 20 }),
    firstSecond: fc.integer({ min: 0, max: 0xffff_ffff }),
    stepSeconds: fc.integer({ min: 1, max: wireLimits.stepSecondsMax }),
    tableHash: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  })
  .chain(({ decimals, ...rest }) =>
    fc
      .array(value, {
        minLength: decimals.length * rest.ticks,
        maxLength: decimals.length * rest.ticks,
      })
      .map((values) => ({
        shape: { decimals },
        batch: { ...rest, values: Float64Array.from(values) } satisfies Batch,
      })),
  );

test("every batch comes back as it was rounded, compressed or not", () => {
  fc.assert(
    fc.property(batch, fc.boolean(), ({ batch: sent, shape }, compressed) => {
      const frame = encodeBatch(sent, shape, compressed ? deflate : undefined);
      const { body, tableHash } = openBatch(frame, inflate);
      const values = sent.values.map((number, at) => {
        const scale = scaleOf(shape.decimals[Math.floor(at / sent.ticks)] ?? 0);
        return roundToScale(number, scale) / scale + 0;
      });
      const got = decodeBatch(body, shape);
      expect(Uint8Array.from(tableHash)).toEqual(sent.tableHash);
      expect({ ...got, tableHash: Uint8Array.from(got.tableHash) }).toEqual({ ...sent, values });
    }),
    { numRuns: 500 },
  );
});

test("what was decoded encodes to the same bytes again", () => {
  fc.assert(
    fc.property(batch, ({ batch: sent, shape }) => {
      const frame = encodeBatch(sent, shape);
      const again = encodeBatch(decodeBatch(openBatch(frame, inflate).body, shape), shape);
      expect(Buffer.from(again).equals(Buffer.from(frame))).toBe(true);
    }),
  );
});

test("every series table comes back whole, under one hash whatever its compression", () => {
  fc.assert(
    fc.property(table, (sent) => {
      const plain = encodeSeriesTable(sent);
      const packed = encodeSeriesTable(sent, deflate);
      const got = decodeSeriesTable(packed.bytes, inflate);
      expect(got.table).toEqual(sent);
      expect(got.hash).toEqual(plain.hash);
    }),
  );
});

test("random bytes are refused, never a crash", () => {
  const shape = { decimals: [0, 2, 9] };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (noise, framed) => {
      for (const kind of [frameKinds.batch, frameKinds.series]) {
        const bytes = framed ? Uint8Array.of(0x54, kind, 1, (noise[0] ?? 0) & 1, ...noise) : noise;
        decodes(() => decodeBatch(openBatch(bytes, inflate).body, shape));
        decodes(() => decodeSeriesTable(bytes, inflate));
      }
      decodes(() => decodeBatch(noise, shape));
      decodes(() => decodeHistogram(noise, unzlib));
      for (const parse of [parseBeat, parseEvent, parseRunFinal, parseRunInterval])
        decodes(() => parse(noise));
      for (const parse of [parseSignedTask, parseTaskEnvelope]) decodes(() => parse(noise));
    }),
    { numRuns: 1_000 },
  );
});

test("any JSON that is not the message is refused, never a crash", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const bytes = new TextEncoder().encode(json);
      for (const parse of [parseBeat, parseEvent, parseRunFinal, parseRunInterval])
        expect(decodes(() => parse(bytes))).toBe(false);
      for (const parse of [parseSignedTask, parseTaskEnvelope])
        expect(decodes(() => parse(bytes))).toBe(false);
    }),
  );
});

test("a batch cut anywhere is refused", () => {
  fc.assert(
    fc.property(batch, fc.nat(), ({ batch: sent, shape }, at) => {
      const frame = encodeBatch(sent, shape);
      const cut = frame.subarray(0, at % frame.length);
      expect(decodes(() => decodeBatch(openBatch(cut, inflate).body, shape))).toBe(false);
    }),
  );
});

test("a batch with one byte changed is a batch or refused", () => {
  fc.assert(
    fc.property(
      batch,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      ({ batch: sent, shape }, at, change, compressed) => {
        const frame = encodeBatch(sent, shape, compressed ? deflate : undefined);
        const index = at % frame.length;
        frame[index] = (frame[index] ?? 0) ^ change;
        decodes(() => decodeBatch(openBatch(frame, inflate).body, shape));
      },
    ),
  );
});

test("every integer of the format comes back, to the edges of 2^53", () => {
  const edges = [0, 1, 127, 128, 0x7fff_ffff, 0x8000_0000, 2 ** 52, Number.MAX_SAFE_INTEGER];
  const integer = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...edges));
  fc.assert(
    fc.property(fc.array(integer), (integers) => {
      const writer = new ByteWriter(1);
      for (const value of integers) {
        writer.varint(Math.abs(value));
        writer.zigzag(value);
      }
      const reader = new ByteReader(writer.bytes());
      for (const value of integers) {
        expect(reader.varint()).toBe(Math.abs(value));
        expect(reader.zigzag()).toBe(value + 0);
      }
      reader.done();
    }),
  );
});
