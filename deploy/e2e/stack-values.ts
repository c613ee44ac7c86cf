// What the made-up agent measures: every value is a function of the agent, the series and the second, so that what is stored
// can be held against what was measured without asking the hub.
import { type Series, encodeBatch, encodeSeriesTable } from "@tidemark/proto";
import { deflateRawSync } from "node:zlib";

export const madeUpMetric = "tidemark.test.value";
const decimals = 3;
const deflate = (body: Uint8Array) => deflateRawSync(body, { level: 1 });

/** Series 0 … count − 1 of a made-up agent. */
export const madeUpSeries = (count: number): Series[] =>
  Array.from({ length: count }, (_, index) => ({
    metric: madeUpMetric,
    labels: { index: `${index}` },
    unit: "1",
    kind: "gauge",
    decimals,
  }));

/** The value times 1,000. Every term stays exact in a double, and no two deltas are alike, so that nothing compresses it away. */
function thousandfold(salt: number, index: number, second: number): number {
  const x = second % 100_003;
  return (x * x * 31 + x * index * 7_919 + salt * 15_485_863) % 1_000_003;
}

/** The same in SQL, of the columns `index` and `t`. */
export function expectedSql(salt: number): string {
  const x = "(toInt64(toUnixTimestamp(t)) % 100003)";
  return `((${x} * ${x} * 31 + ${x} * toInt64(index) * 7919 + ${salt} * 15485863) % 1000003) / 1000`;
}

/** A series table and the batches of one second each that go with it. */
export function madeUpFrames(salt: number, seriesCount: number) {
  const series = madeUpSeries(seriesCount);
  const table = encodeSeriesTable({ series }, deflate);
  const shape = { decimals: series.map((one) => one.decimals) };
  return {
    table,
    batch(firstSecond: number, ticks = 1): Uint8Array {
      const values = new Float64Array(seriesCount * ticks);
      for (let index = 0; index < seriesCount; index += 1)
        for (let tick = 0; tick < ticks; tick += 1)
          values[index * ticks + tick] = thousandfold(salt, index, firstSecond + tick) / 1_000;
      return encodeBatch(
        { tableHash: table.hash, firstSecond, stepSeconds: 1, ticks, values },
        shape,
        deflate,
      );
    },
  };
}
