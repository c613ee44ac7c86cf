import fc from "fast-check";
import * as hdr from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import { unzlib, zlib } from "../test/zlib.ts";
import { MalformedBytes } from "./bytes.ts";
import { decodeHistogram, encodeHistogram } from "./histogram-codec.ts";
import {
  Histogram,
  highestMicros,
  slotCount,
  slotHighest,
  slotLowest,
  slotOf,
} from "./histogram.ts";

const micros = fc.oneof(
  fc.integer({ min: 0, max: 5_000 }),
  fc.integer({ min: 0, max: highestMicros }),
  fc.constantFrom(0, 1, 2_047, 2_048, highestMicros),
);
const recorded = fc.array(micros, { maxLength: 200 }).map((values) => histogramOf(values));

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function merged(...parts: readonly Histogram[]): Histogram {
  const whole = new Histogram();
  for (const part of parts) whole.merge(part);
  return whole;
}

function contents({ counts, total, sum, min, max, clamped, usedSlots }: Histogram) {
  // As text, because comparing 23,000 numbers one by one takes the test runner 30 ms.
  return {
    counts: Buffer.from(counts.buffer).toString("latin1"),
    total,
    sum,
    min,
    max,
    clamped,
    usedSlots,
  };
}

describe("slots", () => {
  test("every value lies within its slot, and a slot spans at most 1/1000 of its value", () => {
    fc.assert(
      fc.property(micros, (value) => {
        const slot = slotOf(value);
        expect(slotLowest(slot)).toBeLessThanOrEqual(value);
        expect(slotHighest(slot)).toBeGreaterThanOrEqual(value);
        expect(slotHighest(slot) - slotLowest(slot)).toBeLessThanOrEqual(value / 1_000);
      }),
    );
  });

  test("slots follow one another without a gap", () => {
    const gaps = Array.from({ length: slotCount - 1 }, (_, slot) => slot).filter(
      (slot) => slotLowest(slot + 1) !== slotHighest(slot) + 1,
    );
    expect(gaps).toEqual([]);
  });
});

describe("recording", () => {
  test.each([
    ["a negative value as 0", -5, 0, 0],
    ["NaN as 0", Number.NaN, 0, 0],
    ["fractions rounded down", 12.9, 12, 0],
    ["more than an hour as an hour, counted", highestMicros + 1, highestMicros, 1],
    ["infinity as an hour, counted", Number.POSITIVE_INFINITY, highestMicros, 1],
  ])("takes %s", (_, value, kept, clamped) => {
    expect(histogramOf([value])).toMatchObject({ total: 1, max: kept, min: kept, clamped });
  });

  test("percentiles are those of HdrHistogram", () => {
    fc.assert(
      fc.property(
        fc.array(micros, { minLength: 1, maxLength: 200 }),
        // At 0 HdrHistogram answers the low end of the slot, ours the high end as everywhere else.
        fc.double({ min: 0, minExcluded: true, max: 100, noNaN: true }),
        (values, percentile) => {
          const peer = hdr.build({
            lowestDiscernibleValue: 1,
            highestTrackableValue: highestMicros,
            numberOfSignificantValueDigits: 3,
            useWebAssembly: false,
          });
          for (const value of values) peer.recordValue(value);
          const ours = histogramOf(values);
          // Ours never reports more than was ever recorded.
          expect(ours.percentile(percentile)).toBe(
            Math.min(peer.getValueAtPercentile(percentile), ours.max),
          );
        },
      ),
    );
  });

  test("reset leaves nothing behind", () => {
    fc.assert(
      fc.property(recorded, (histogram) => {
        histogram.reset();
        expect(contents(histogram)).toEqual(contents(new Histogram()));
      }),
    );
  });
});

describe("merging", () => {
  test("is commutative", () => {
    fc.assert(
      fc.property(recorded, recorded, (left, right) => {
        expect(contents(merged(left, right))).toEqual(contents(merged(right, left)));
      }),
      { numRuns: 30 },
    );
  });

  test("is associative", () => {
    fc.assert(
      fc.property(recorded, recorded, recorded, (one, two, three) => {
        expect(contents(merged(merged(one, two), three))).toEqual(
          contents(merged(one, merged(two, three))),
        );
      }),
      { numRuns: 30 },
    );
  });

  test("equals recording everything into one", () => {
    const values = fc.array(micros, { maxLength: 100 });
    fc.assert(
      fc.property(values, values, (left, right) => {
        expect(contents(merged(histogramOf(left), histogramOf(right)))).toEqual(
          contents(histogramOf([...left, ...right])),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe("the wire format", () => {
  test("comes back with every count", () => {
    fc.assert(
      fc.property(recorded, (histogram) => {
        const back = decodeHistogram(encodeHistogram(histogram, zlib), unzlib);
        expect(back.total).toBe(histogram.total);
        expect(Buffer.from(back.counts.buffer).equals(Buffer.from(histogram.counts.buffer))).toBe(
          true,
        );
      }),
      { numRuns: 50 },
    );
  });

  test("is read by hdr-histogram-js, and hdr-histogram-js's by us", () => {
    fc.assert(
      fc.property(fc.array(micros, { minLength: 1, maxLength: 100 }), (values) => {
        const ours = histogramOf(values);
        const peer = hdr.decodeFromCompressedBase64(
          Buffer.from(encodeHistogram(ours, zlib)).toString("base64"),
        );
        expect(peer.totalCount).toBe(ours.total);
        for (const percentile of [1, 50, 90, 99, 99.9, 100])
          expect(Math.min(peer.getValueAtPercentile(percentile), ours.max)).toBe(
            ours.percentile(percentile),
          );
        const back = decodeHistogram(
          Uint8Array.from(Buffer.from(hdr.encodeIntoCompressedBase64(peer), "base64")),
          unzlib,
        );
        expect(Buffer.from(back.counts.buffer).equals(Buffer.from(ours.counts.buffer))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ["too short", Buffer.alloc(7)],
    ["of another cookie", Buffer.alloc(60, 1)],
    ["a compressed form longer than its bytes", Buffer.from("1c849314000000ff0000", "hex")],
    ["a compressed form that is no zlib", Buffer.from("1c8493140000000200ff", "hex")],
    [
      "of 2 significant digits",
      Buffer.from(
        "1c849313000000000000000000000002000000000000000100000000d693a4003ff0000000000000",
        "hex",
      ),
    ],
    [
      "shifted",
      Buffer.from(
        "1c849313000000000000000100000003000000000000000100000000d693a4003ff0000000000000",
        "hex",
      ),
    ],
    [
      "a count past the last slot",
      Buffer.from(
        "1c849313000000050000000000000003000000000000000100000000d693a4003ff0000000000000ffffff0f02",
        "hex",
      ),
    ],
  ])("refuses what is %s", (_, bytes) => {
    expect(() => decodeHistogram(Uint8Array.from(bytes), unzlib)).toThrow(MalformedBytes);
  });
});
