// A message of the RESULTS stream, judged: what it says, or why it is refused. Pure but for inflating.
import { inflateSync } from "node:zlib";
import {
  type AgentId,
  type Basis,
  Histogram,
  MalformedBytes,
  MessageRejected,
  type RunFinal,
  type RunId,
  decodeHistogram,
  loadLimits,
  parseRunFinal,
  parseRunInterval,
  parseSubject,
} from "@tidemark/proto";
import type { Histograms } from "../store/run-histograms.ts";
import type { StoredInterval } from "../store/run-results.ts";

export type Result =
  | { readonly kind: "interval"; readonly interval: Omit<StoredInterval, "source"> }
  | {
      readonly kind: "final";
      readonly run: RunId;
      readonly agent: AgentId;
      readonly final: Omit<RunFinal, "histograms">;
      readonly histograms: Histograms;
    };

export type Accepted =
  | { readonly kind: "result"; readonly result: Result }
  | {
      readonly kind: "refused";
      readonly agent: AgentId | null;
      readonly what: string;
      readonly reason: string;
    };

/** An interval a second, and some for ends and stops. */
const indexMax = loadLimits.durationMsMax / 1_000 + 1_000;
/** Years that a DateTime64 can hold and that a clock may believe in. */
const timeMsRange = { min: Date.UTC(2000, 0), max: Date.UTC(2200, 0) } as const;

/** Reads a message as its subject's sender and run; whether that run is the sender's is for the caller to say. */
export function readResult(subject: string, data: Uint8Array): Accepted {
  const parsed = parseSubject(subject);
  if (parsed === undefined || (parsed.kind !== "interval" && parsed.kind !== "final"))
    return {
      kind: "refused",
      agent: null,
      what: "subject",
      reason: "no agent publishes results there",
    };
  const { agent, run, kind } = parsed;
  try {
    const result =
      kind === "interval" ? readInterval(agent, run, data) : readFinal(agent, run, data);
    return { kind: "result", result };
  } catch (cause) {
    if (cause instanceof MessageRejected)
      return { kind: "refused", agent, what: `run-${kind}`, reason: cause.reason };
    if (cause instanceof MalformedBytes)
      return { kind: "refused", agent, what: `run-${kind}`, reason: cause.message };
    throw cause;
  }
}

function readInterval(agent: AgentId, run: RunId, data: Uint8Array): Result {
  const { histograms, ...interval } = parseRunInterval(data);
  if (interval.index > indexMax)
    throw new MessageRejected("run interval", `/index ${interval.index} is more than ${indexMax}`);
  checkTime("/startedAtMs", interval.startedAtMs);
  return {
    kind: "interval",
    interval: {
      run,
      agent,
      index: interval.index,
      interval,
      histograms: decodeAll(histograms),
    },
  };
}

function readFinal(agent: AgentId, run: RunId, data: Uint8Array): Result {
  const { histograms, ...final } = parseRunFinal(data);
  checkTime("/startedAtMs", final.startedAtMs);
  checkTime("/endedAtMs", final.endedAtMs);
  return { kind: "final", run, agent, final, histograms: decodeAll(histograms) };
}

function checkTime(field: string, ms: number): void {
  if (ms < timeMsRange.min || ms > timeMsRange.max)
    throw new MessageRejected("run result", `${field} ${ms} is not a time`);
}

function decodeAll(encoded: Readonly<Record<Basis, string>>): Histograms {
  return {
    response: decode(encoded.response),
    service: decode(encoded.service),
    lateness: decode(encoded.lateness),
  };
}

function decode(base64: string): Histogram {
  return decodeHistogram(Buffer.from(base64, "base64"), (bytes, bytesMax) =>
    inflateSync(bytes, { maxOutputLength: bytesMax }),
  );
}
