// What a generator counts between two reports. Hot: one call per event, no allocation. A report is a delta, so that adding
// the reports gives the run exactly; the thread that receives them does the adding and the encoding.
import {
  Histogram,
  type Basis,
  type RequestError,
  type Counts,
  addCounts,
  bases,
  emptyCounts,
} from "@tidemark/proto";
import { type HistogramSlice, mergedSlices, sliceOf } from "./histogram-slice.ts";
import { SliceBuffers } from "./slice-buffers.ts";

/** Everything since the report before. */
export interface Delta {
  readonly counts: Counts;
  readonly histograms: Readonly<Record<Basis, HistogramSlice>>;
}

/** The memory a delta's histograms lie in. */
export function buffersOf({ histograms }: Delta): ArrayBuffer[] {
  return bases.map((basis) => histograms[basis].counts.buffer as ArrayBuffer);
}

/** Both together. */
export function mergedDeltas(left: Delta, right: Delta): Delta {
  const merged = (basis: Basis) => mergedSlices(left.histograms[basis], right.histograms[basis]);
  return {
    counts: addCounts(left.counts, right.counts),
    histograms: {
      response: merged("response"),
      service: merged("service"),
      lateness: merged("lateness"),
    },
  };
}

export class Recorder {
  readonly response = new Histogram();
  readonly service = new Histogram();
  readonly lateness = new Histogram();
  /** Lateness that no wait for a connection explains, µs: the generator's own, over the whole run. */
  readonly ownLateness = new Histogram();
  /** Where deltas are copied to; whoever has read one may give its buffers back. */
  readonly buffers = new SliceBuffers();
  due = 0;
  sent = 0;
  dropped = 0;
  unexpected = 0;
  connects = 0;
  bytesSent = 0;
  bytesReceived = 0;
  #completed = 0;
  readonly #statuses = new Uint32Array(1_000);
  readonly #errors = emptyCounts().errors;

  /** A response; times in ms on the generator's clock. */
  completed(status: number, intendedMs: number, writtenMs: number, endMs: number): void {
    this.#completed += 1;
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    this.response.record((endMs - intendedMs) * 1_000);
    this.service.record((endMs - writtenMs) * 1_000);
  }

  failed(error: RequestError): void {
    this.#errors[error] += 1;
  }

  /** The delta since the last take; everything starts again at zero. */
  take(): Delta {
    const statuses: Record<string, number> = {};
    this.#statuses.forEach((count, status) => {
      if (count > 0) statuses[status] = count;
    });
    const delta: Delta = {
      counts: {
        due: this.due,
        sent: this.sent,
        completed: this.#completed,
        dropped: this.dropped,
        unexpected: this.unexpected,
        connects: this.connects,
        bytesSent: this.bytesSent,
        bytesReceived: this.bytesReceived,
        statuses,
        errors: { ...this.#errors },
      },
      histograms: {
        response: sliceOf(this.response, this.buffers),
        service: sliceOf(this.service, this.buffers),
        lateness: sliceOf(this.lateness, this.buffers),
      },
    };
    this.due = 0;
    this.sent = 0;
    this.#completed = 0;
    this.dropped = 0;
    this.unexpected = 0;
    this.connects = 0;
    this.bytesSent = 0;
    this.bytesReceived = 0;
    this.#statuses.fill(0);
    Object.assign(this.#errors, emptyCounts().errors);
    for (const basis of bases) this[basis].reset();
    return delta;
  }
}
