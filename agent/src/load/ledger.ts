// Adds up what a generator reports: each report becomes the interval that is published, and the sum of the intervals is the
// final, so that both agree to the last request even when the generator's thread dies.
import { deflateSync } from "node:zlib";
import {
  type Basis,
  type EndState,
  type GeneratorHealth,
  Histogram,
  type RunFinal,
  type RunInterval,
  type Source,
  addCounts,
  bases,
  emptyCounts,
  encodeHistogram,
  shareOf,
} from "@tidemark/proto";
import type { Assignment, IntervalReport } from "./carrier.ts";
import { restore } from "./generator/histogram-slice.ts";
import { boundedRemarks } from "./remarks.ts";
import { judgeRun } from "./spoilers.ts";

/** How the run came to its end. */
export interface Ending {
  readonly state: EndState;
  readonly cause: string;
  readonly health: GeneratorHealth;
  /** Undefined when the carrier came to no end of its own. */
  readonly source: Source | undefined;
  readonly remarks: readonly string[];
}

export interface Ledger {
  /** The next interval, ready to publish. */
  interval(report: IntervalReport): RunInterval;
  final(ending: Ending, nowMs: number): RunFinal;
}

const causeLengthMax = 512;

export function openLedger({ plan, share }: Assignment): Ledger {
  const totals = emptyHistograms();
  // Of one interval after the other: these are large, and a run may be long.
  const parts = emptyHistograms();
  let counts = emptyCounts();
  let intervals = 0;
  let startedAtMs: number | undefined;
  let endedAtMs = 0;
  // Of the last report: at the end of a whole run what was censored, after a crash the last that is known.
  let unsent = 0;
  let inFlight = 0;
  return {
    interval(report) {
      for (const basis of bases) {
        restore(parts[basis], report.delta.histograms[basis]);
        totals[basis].merge(parts[basis]);
      }
      counts = addCounts(counts, report.delta.counts);
      const intervalAtMs = Math.round(report.startedAtMs);
      startedAtMs ??= intervalAtMs;
      endedAtMs = Math.round(report.startedAtMs + report.durationMs);
      unsent = report.backlog;
      inFlight = report.inFlight;
      intervals += 1;
      return {
        index: intervals - 1,
        startedAtMs: intervalAtMs,
        durationMs: report.durationMs,
        counts: report.delta.counts,
        backlog: report.backlog,
        inFlight: report.inFlight,
        histograms: encodeAll(parts),
      };
    },
    final({ state, cause, health, source, remarks }, nowMs) {
      return {
        state,
        cause: cause.slice(0, causeLengthMax),
        startedAtMs: startedAtMs ?? nowMs,
        endedAtMs: startedAtMs === undefined ? nowMs : endedAtMs,
        intervals,
        counts,
        unsent,
        inFlight,
        histograms: encodeAll(totals),
        generator: health,
        source: source ?? {
          generator: "tidemark",
          version: "",
          exact: true,
          relativeErrorMax: null,
        },
        remarks: boundedRemarks(remarks).map((remark) => remark.slice(0, causeLengthMax)),
        spoiled: judgeRun({
          state,
          counts,
          unsent,
          response: totals.response,
          lateness: totals.lateness,
          health,
          precision: plan.precision,
          pacing: plan.pacing.kind,
          connections: shareOf(plan.connections, share) * (plan.streams ?? 1),
        }),
      };
    },
  };
}

/** A second's histogram comes to about 1 KiB; zlib's own chunks are 16. */
const deflated = (body: Uint8Array) => deflateSync(body, { chunkSize: 2_048 });

type Histograms = Readonly<Record<Basis, Histogram>>;

function emptyHistograms(): Histograms {
  return { response: new Histogram(), service: new Histogram(), lateness: new Histogram() };
}

function encodeAll(parts: Histograms): RunInterval["histograms"] {
  const encode = (histogram: Histogram) =>
    Buffer.from(encodeHistogram(histogram, deflated)).toString("base64");
  return {
    response: encode(parts.response),
    service: encode(parts.service),
    lateness: encode(parts.lateness),
  };
}
