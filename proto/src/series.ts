// A series table: which series an agent's batches hold, in which order. It travels once per change; batches name it by hash.
import { Type, type Static } from "typebox";
import { ByteWriter, MalformedBytes } from "./bytes.ts";
import { type Deflate, type Inflate, readFrame, writeFrame } from "./frame.ts";
import { wireLimits } from "./limits.ts";
import { MessageRejected, parser } from "./parse.ts";

const metricPattern = "^[a-z][a-z0-9_]*(\\.[a-z0-9][a-z0-9_]*)*$";
const labelKeyPattern = "^[a-z][a-z0-9_.]*$";

/** Labels of a series. Values may be any text without control characters; keys are OpenTelemetry attribute names. */
export const Labels = Type.Record(
  Type.String({ pattern: labelKeyPattern, maxLength: wireLimits.labelKeyLengthMax }),
  Type.String({
    maxLength: wireLimits.labelValueLengthMax,
    pattern: "^[^\\u0000-\\u001f\\u007f]*$",
  }),
  { maxProperties: wireLimits.labelsMax, additionalProperties: false },
);
export type Labels = Readonly<Static<typeof Labels>>;

export const SeriesKind = Type.Union([Type.Literal("gauge"), Type.Literal("rate")]);
export type SeriesKind = Static<typeof SeriesKind>;

/** One series: an OpenTelemetry metric name with labels. `rate` values are per second, made from counters by the agent. */
export const Series = Type.Object(
  {
    metric: Type.String({ pattern: metricPattern, maxLength: wireLimits.metricNameLengthMax }),
    labels: Labels,
    unit: Type.String({ maxLength: 32 }),
    kind: SeriesKind,
    decimals: Type.Integer({ minimum: 0, maximum: wireLimits.decimalsMax }),
  },
  { additionalProperties: false },
);
export type Series = Readonly<Static<typeof Series>>;

export const SeriesTable = Type.Object(
  { series: Type.Array(Series, { maxItems: wireLimits.seriesMax }) },
  { additionalProperties: false },
);
export type SeriesTable = Readonly<Static<typeof SeriesTable>>;

const parseTable = parser(SeriesTable, "series table");
const utf8 = new TextEncoder();
const decodeUtf8 = new TextDecoder("utf-8", { fatal: true });

/** The identity of a series within a fleet: metric and sorted labels. Equal for equal series, whatever the key order. */
export function seriesKey(series: Pick<Series, "metric" | "labels">): string {
  const keys = Object.keys(series.labels).sort();
  return JSON.stringify([series.metric, ...keys.flatMap((key) => [key, series.labels[key]])]);
}

/** FNV-1a, 64 bits, over the frame's uncompressed body: 8 bytes, big-endian. */
export function tableHash(body: Uint8Array): Uint8Array {
  // In two halves of 32 bits: BigInt takes 60 ns a byte, this 4. The prime is 2^40 + 0x1b3.
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of body) {
    low = (low ^ byte) >>> 0;
    const product = low * 0x1b3;
    high = (high * 0x1b3 + low * 0x100 + Math.floor(product / 0x1_0000_0000)) % 0x1_0000_0000;
    low = product >>> 0;
  }
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, high);
  view.setUint32(4, low);
  return bytes;
}

export const hashText = (hash: Uint8Array): string =>
  Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** A table as a frame, with the hash that batches will name it by. */
export function encodeSeriesTable(
  table: SeriesTable,
  deflate?: Deflate,
): { readonly bytes: Uint8Array; readonly hash: Uint8Array } {
  const writer = new ByteWriter(256 * (table.series.length + 1));
  writer.raw(utf8.encode(JSON.stringify(table)));
  const body = writer.bytes();
  return { bytes: writeFrame("series", body, deflate), hash: tableHash(body) };
}

/** The table a frame holds; throws MalformedBytes or MessageRejected with the reason. */
export function decodeSeriesTable(
  bytes: Uint8Array,
  inflate: Inflate,
): { readonly table: SeriesTable; readonly hash: Uint8Array } {
  const body = readFrame("series", bytes, inflate);
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8.decode(body));
  } catch (cause) {
    throw new MalformedBytes("the series table is not JSON in UTF-8", { cause });
  }
  refuseTooMany(value);
  const table = parseTable(value);
  const seen = new Set<string>();
  for (const series of table.series) {
    const key = seriesKey(series);
    if (seen.has(key)) throw new MessageRejected("series table", `the series ${key} stands twice`);
    seen.add(key);
  }
  return { table, hash: tableHash(body) };
}

/** Before the schema: checking a million series that a few kilobytes inflate to would block the hub for seconds. */
function refuseTooMany(value: unknown): void {
  if (typeof value !== "object" || value === null || !("series" in value)) return;
  if (Array.isArray(value.series) && value.series.length > wireLimits.seriesMax)
    throw new MessageRejected(
      "series table",
      `${value.series.length} series, more than ${wireLimits.seriesMax}`,
    );
}
