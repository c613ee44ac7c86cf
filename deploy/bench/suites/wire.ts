// How many bytes a sample costs on the wire: real readings of this machine, every second, under changing load, in the
// messages an agent sends (15 ticks each), beside the same readings as JSON.
import { deflateRawSync, inflateRawSync } from "node:zlib";
import {
  type Inflate,
  type Series,
  decodeBatch,
  decodeSeriesTable,
  hashText,
  openBatch,
} from "@tidemark/proto";
import { collectors } from "../../../agent/src/collectors/index.ts";
import { defaultCollectorOptions } from "../../../agent/src/collectors/collector.ts";
import { startSampler } from "../../../agent/src/sampler/sampler.ts";
import { realHost } from "../../../agent/src/sampler/system.ts";
import { startChangingLoad } from "../changing-load.ts";
import { type Suite, median, result } from "../result.ts";

const ticks = 15;
const messages = 5;

export const wire: Suite = {
  name: "wire",
  async run(progress, signal) {
    const load = startChangingLoad();
    try {
      progress(`sampling this machine for about ${(messages + 1) * ticks} s`);
      const { batches, tables } = await record(signal);
      // The first message is shorter: it ends at a whole multiple of its length.
      const whole = batches.map((frame) => measure(frame, tables)).filter((m) => m.ticks === ticks);
      const of = (form: keyof Bytes) =>
        median(whole.map(({ bytes, samples }) => bytes[form] / samples));
      const table = [...tables.values()].at(-1);
      const perMessage = median(whole.map(({ samples }) => samples));
      return {
        results: [
          result(
            "bytes per sample, 15 ticks a message",
            of("batch"),
            "B",
            { atMost: 1 },
            {
              "JSON rows": of("rows"),
              "JSON rows, deflate": of("rowsDeflated"),
              "JSON columnar": of("columnar"),
              "JSON columnar, deflate": of("columnarDeflated"),
            },
          ),
          result("series table, once per change", table?.bytes ?? Number.NaN, "B", undefined),
          result("series of this machine", table?.series.length ?? Number.NaN, "series", undefined),
        ],
        notes: [
          `Median of ${whole.length} messages of about ${Math.round(perMessage)} samples; a missing value is no sample.`,
          "The machine idles, computes and writes in turn, so that values move.",
        ],
      };
    } finally {
      await load.stop();
    }
  },
};

interface Table {
  readonly series: readonly Series[];
  readonly bytes: number;
}

interface Bytes {
  readonly batch: number;
  readonly rows: number;
  readonly rowsDeflated: number;
  readonly columnar: number;
  readonly columnarDeflated: number;
}

const inflate: Inflate = (bytes, bytesMax) => inflateRawSync(bytes, { maxOutputLength: bytesMax });

/** Frames of a real sampler until there are enough; with the tables they name. */
function record(
  signal: AbortSignal,
): Promise<{ batches: Uint8Array[]; tables: Map<string, Table> }> {
  const batches: Uint8Array[] = [];
  const tables = new Map<string, Table>();
  return new Promise((resolve, reject) => {
    const stop = () => {
      signal.removeEventListener("abort", abort);
      sampler.stop();
    };
    const abort = () => {
      stop();
      reject(new Error("stopped"));
    };
    const sampler = startSampler({
      collectors,
      host: realHost(
        { procRoot: "/proc", sysRoot: "/sys", hostRoot: "/" },
        defaultCollectorOptions,
        () => ({ hubOffsetMs: undefined, outboxes: [], tasksRefused: {}, loadStarted: {} }),
      ),
      intervalSeconds: 1,
      batchTicks: ticks,
      notice: () => undefined,
      lanes: {
        event: () => undefined,
        series(hash, frame) {
          tables.set(hash, {
            series: decodeSeriesTable(frame, inflate).table.series,
            bytes: frame.length,
          });
        },
        metrics(frame) {
          batches.push(frame);
          // One more than wanted, for the short first one.
          if (batches.length === messages + 1) {
            // After the tick that sent it, whose last act is to set the timer of the next.
            setImmediate(() => {
              stop();
              resolve({ batches, tables });
            });
          }
        },
      },
    });
    signal.addEventListener("abort", abort, { once: true });
  });
}

function measure(frame: Uint8Array, tables: ReadonlyMap<string, Table>) {
  const { body, tableHash } = openBatch(frame, inflate);
  const table = tables.get(hashText(tableHash));
  if (table === undefined) throw new Error("a batch named a table that was never sent");
  const batch = decodeBatch(body, { decimals: table.series.map(({ decimals }) => decimals) });
  const rows: object[] = [];
  const columns: (number | null)[][] = [];
  for (const [index, { metric, labels }] of table.series.entries()) {
    const column = Array.from(
      batch.values.subarray(index * batch.ticks, (index + 1) * batch.ticks),
    );
    columns.push(column.map((value) => (Number.isNaN(value) ? null : value)));
    for (const [tick, value] of column.entries())
      if (!Number.isNaN(value)) {
        const t = (batch.firstSecond + tick * batch.stepSeconds) * 1_000;
        rows.push({ metric, labels, t, v: value });
      }
  }
  const rowText = Buffer.from(JSON.stringify(rows));
  const columnText = Buffer.from(
    JSON.stringify({
      table: hashText(tableHash),
      first: batch.firstSecond,
      step: batch.stepSeconds,
      values: columns,
    }),
  );
  const bytes: Bytes = {
    batch: frame.length,
    rows: rowText.length,
    rowsDeflated: deflated(rowText),
    columnar: columnText.length,
    columnarDeflated: deflated(columnText),
  };
  return { ticks: batch.ticks, samples: rows.length, bytes };
}

const deflated = (bytes: Uint8Array) => deflateRawSync(bytes, { level: 1 }).length;
