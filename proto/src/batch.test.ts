import { deflateRawSync, inflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { type Batch, decodeBatch, encodeBatch, openBatch } from "./index.ts";

const inflate = (bytes: Uint8Array, bytesMax: number) =>
  inflateRawSync(bytes, { maxOutputLength: bytesMax });
const deflate = (body: Uint8Array) => deflateRawSync(body, { level: 1 });

test("a batch comes back as it was rounded, with missing values missing", () => {
  const batch: Batch = {
    tableHash: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    firstSecond: 1_790_000_000,
    stepSeconds: 1,
    ticks: 3,
    values: Float64Array.of(1.234, 1.236, Number.NaN, 5, 5, 5, Number.NaN, Number.NaN, Number.NaN),
  };
  const shape = { decimals: [2, 0, 0] };
  const opened = openBatch(encodeBatch(batch, shape, deflate), inflate);
  const decoded = decodeBatch(opened.body, shape);
  expect(decoded).toEqual({
    ...batch,
    values: Float64Array.of(1.23, 1.24, Number.NaN, 5, 5, 5, Number.NaN, Number.NaN, Number.NaN),
  });
});
