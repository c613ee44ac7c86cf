// The columnar batch: many ticks of every series of one agent, 0.8 bytes a sample on real hosts. proto/README.md specifies
// it byte by byte; golden/ holds vectors. Values are scaled integers, so what the hub stores is exactly what was rounded.
import { ByteReader, ByteWriter, MalformedBytes } from "./bytes.ts";
import { type Deflate, type Inflate, readFrame, writeFrame } from "./frame.ts";
import { wireLimits } from "./limits.ts";

/** Ticks of one agent, column by column. Column `s` belongs to series `s` of the table named by `tableHash`. */
export interface Batch {
  /** 8 bytes: which series table. */
  readonly tableHash: Uint8Array;
  /** Unix seconds of the first tick. */
  readonly firstSecond: number;
  /** Seconds from tick to tick, 1 or more. */
  readonly stepSeconds: number;
  readonly ticks: number;
  /** `series × ticks` values, one series after the other; NaN means not collected. */
  readonly values: Float64Array;
}

/** What the hub needs to know of a table to decode a batch: how many decimals each series has. */
export interface BatchShape {
  readonly decimals: readonly number[];
}

// How a column is written. Chosen per column; the smallest wins by construction.
const absent = 0;
const dense = 1;
const sparse = 2;
const constant = 3;

const powers = Array.from({ length: wireLimits.decimalsMax + 1 }, (_, decimals) => 10 ** decimals);

/** 10^decimals; throws RangeError past `decimalsMax`. */
export function scaleOf(decimals: number): number {
  const scale = powers[decimals];
  if (scale === undefined) throw new RangeError(`decimals ${decimals} is not 0 … 9`);
  return scale;
}

/** Rounds like the wire does: to `decimals` places, halves up; NaN for what cannot be carried (not finite, too large). */
export function roundToScale(value: number, scale: number): number {
  const scaled = Math.round(value * scale);
  return Math.abs(scaled) <= wireLimits.scaledMax ? scaled : Number.NaN;
}

/** The batch as a frame. Values that are not finite or too large for their decimals are written as not collected. */
export function encodeBatch(batch: Batch, shape: BatchShape, deflate?: Deflate): Uint8Array {
  const { ticks, values } = batch;
  const series = shape.decimals.length;
  if (batch.tableHash.length !== 8) throw new RangeError("a table hash has 8 bytes");
  if (values.length !== series * ticks)
    throw new RangeError(`${values.length} values for ${series} series × ${ticks} ticks`);
  const writer = new ByteWriter(64 + values.length * 3);
  writer.raw(batch.tableHash);
  writer.varint(batch.firstSecond);
  writer.varint(batch.stepSeconds);
  writer.varint(ticks);
  writer.varint(series);
  const scaled = new Float64Array(ticks);
  for (let index = 0; index < series; index += 1) {
    const scale = scaleOf(shape.decimals[index] ?? 0);
    for (let tick = 0; tick < ticks; tick += 1)
      scaled[tick] = roundToScale(values[index * ticks + tick] ?? Number.NaN, scale);
    writeColumn(writer, scaled);
  }
  return writeFrame("batch", writer.bytes(), deflate);
}

function writeColumn(writer: ByteWriter, scaled: Float64Array): void {
  let present = 0;
  let same = true;
  let first = Number.NaN;
  for (const value of scaled) {
    if (Number.isNaN(value)) continue;
    if (present === 0) first = value;
    else if (value !== first) same = false;
    present += 1;
  }
  if (present === 0) {
    writer.u8(absent);
    return;
  }
  if (present === scaled.length && same) {
    writer.u8(constant);
    writer.zigzag(first);
    return;
  }
  writer.u8(present === scaled.length ? dense : sparse);
  if (present !== scaled.length) writePresence(writer, scaled);
  let previous = 0;
  for (const value of scaled) {
    if (Number.isNaN(value)) continue;
    writer.zigzag(value - previous);
    previous = value;
  }
}

function writePresence(writer: ByteWriter, scaled: Float64Array): void {
  for (let tick = 0; tick < scaled.length; tick += 8) {
    let bits = 0;
    for (let bit = 0; bit < 8 && tick + bit < scaled.length; bit += 1)
      if (!Number.isNaN(scaled[tick + bit])) bits |= 1 << bit;
    writer.u8(bits);
  }
}

/** The hash of the table a batch frame needs, with its inflated body, so that a caller finds the shape before `decodeBatch`. */
export function openBatch(
  bytes: Uint8Array,
  inflate: Inflate,
): { readonly tableHash: Uint8Array; readonly body: Uint8Array } {
  const body = readFrame("batch", bytes, inflate);
  return { tableHash: new ByteReader(body).raw(8), body };
}

/** The batch in an opened body; throws MalformedBytes when it does not fit its table or breaks a limit. */
export function decodeBatch(body: Uint8Array, shape: BatchShape): Batch {
  const reader = new ByteReader(body);
  const tableHash = reader.raw(8);
  const firstSecond = reader.varint();
  if (firstSecond > 0xffff_ffff)
    throw new MalformedBytes(`first second ${firstSecond} is past 2106`);
  const stepSeconds = bounded(reader.varint(), 1, wireLimits.stepSecondsMax, "step");
  const ticks = bounded(reader.varint(), 1, wireLimits.ticksMax, "tick count");
  const series = reader.varint();
  if (series !== shape.decimals.length)
    throw new MalformedBytes(`${series} series where the table has ${shape.decimals.length}`);
  const values = new Float64Array(series * ticks);
  for (let index = 0; index < series; index += 1) {
    const scale = scaleOf(shape.decimals[index] ?? 0);
    readColumn(reader, values, index * ticks, ticks, scale);
  }
  reader.done();
  return { tableHash, firstSecond, stepSeconds, ticks, values };
}

function bounded(value: number, low: number, high: number, what: string): number {
  if (value < low || value > high)
    throw new MalformedBytes(`${what} ${value} is not ${low} … ${high}`);
  return value;
}

function readColumn(
  reader: ByteReader,
  values: Float64Array,
  start: number,
  ticks: number,
  scale: number,
): void {
  const mode = reader.u8();
  switch (mode) {
    case absent:
      values.fill(Number.NaN, start, start + ticks);
      return;
    case constant:
      values.fill(scaledValue(reader.zigzag(), scale), start, start + ticks);
      return;
    case dense: {
      let previous = 0;
      for (let tick = 0; tick < ticks; tick += 1) {
        previous += reader.zigzag();
        values[start + tick] = scaledValue(previous, scale);
      }
      return;
    }
    case sparse: {
      const presence = reader.raw(Math.ceil(ticks / 8));
      let previous = 0;
      for (let tick = 0; tick < ticks; tick += 1) {
        const bits = presence[tick >>> 3] ?? 0;
        if (((bits >>> (tick & 7)) & 1) === 0) {
          values[start + tick] = Number.NaN;
          continue;
        }
        previous += reader.zigzag();
        values[start + tick] = scaledValue(previous, scale);
      }
      return;
    }
    default:
      throw new MalformedBytes(`unknown column mode ${mode}`);
  }
}

function scaledValue(scaled: number, scale: number): number {
  if (scaled > wireLimits.scaledMax || scaled < -wireLimits.scaledMax)
    throw new MalformedBytes(`a scaled value of ${scaled} is not within ±(2^52 - 1)`);
  return scaled / scale;
}
