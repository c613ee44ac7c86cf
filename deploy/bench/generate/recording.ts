// The histogram alone: what recording, merging and sending a second of it cost.
import { deflateSync } from "node:zlib";
import { Histogram, encodeHistogram } from "@tidemark/proto";
import { median, result } from "../result.ts";
import type { Part } from "./part.ts";

const repeats = 9;
const values = 4_000_000;
const merges = 2_000;
const requestsOfASecond = 5_000;

export const recording: Part = {
  name: "recording",
  async run({ progress }) {
    progress("recording, merging, encoding");
    const latencies = lognormal(values);
    const recordNanos: number[] = [];
    const mergeMicros: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const histogram = new Histogram();
      const startedMs = performance.now();
      for (let index = 0; index < values; index += 1) histogram.record(latencies[index] ?? 0);
      recordNanos.push(((performance.now() - startedMs) * 1e6) / values);
      const into = new Histogram();
      const mergedMs = performance.now();
      for (let merge = 0; merge < merges; merge += 1) {
        into.merge(histogram);
        // Counts would pass 2^32.
        if (merge % 500 === 499) into.reset();
      }
      mergeMicros.push(((performance.now() - mergedMs) * 1e3) / merges);
    }
    const second = new Histogram();
    for (const latency of latencies.subarray(0, requestsOfASecond)) second.record(latency);
    const bytes = Buffer.from(encodeHistogram(second, deflateSync)).toString("base64").length;
    return {
      results: [
        result("recording one value", median(recordNanos), "ns", { atMost: 10 }),
        result("merging two used ranges", median(mergeMicros), "µs", { atMost: 50 }),
        result("a second of 5,000 requests on the wire", bytes, "B", { atMost: 1_000 }),
      ],
      notes: [
        "Recording: 4 million latencies, lognormal around 300 µs with 0.1 % at 50 ms, best understood as an upper bound with the loop around it; medians of 9.",
      ],
    };
  },
};

/** Seeded, so that every run measures the same. */
function lognormal(count: number): Float64Array {
  let state = 42;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float64Array.from({ length: count }, () => {
    if (random() < 0.001) return 50_000;
    const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    return 300 * Math.exp(0.45 * normal);
  });
}
