// One line of fortio's access log: a call that has ended.
import { OutputRejected } from "../program.ts";

export interface Call {
  /** Unix µs at which it was made, and how long it took, µs. */
  readonly startedMicros: number;
  readonly latencyMicros: number;
  readonly thread: number;
  /** 0, 1 … within its thread. */
  readonly iteration: number;
  readonly ok: boolean;
  /** A status, or -1 without one; other words for other protocols. */
  readonly details: string;
}

const line =
  /^\{"latency":(\d{1,9}\.\d{1,9}),"timestamp":(\d{10,16})(\d{3}),"thread":(\d{1,6}),"iter":(\d{1,12}),"ok":(true|false),"details":"((?:[^"\\]|\\.)*)"\}$/;

/** Throws OutputRejected and names the line, counted from 1. */
export function parseCall(text: string, number: number): Call {
  const [, latency, micros, nanos, thread, iteration, ok, details] = line.exec(text) ?? [];
  if (details === undefined)
    throw new OutputRejected(`fortio's access log, line ${number}: ${text.slice(0, 120)}`);
  return {
    // Nanoseconds since 1970 are past what a double holds.
    startedMicros: Number(micros) + Number(nanos) / 1_000,
    latencyMicros: Number(latency) * 1e6,
    thread: Number(thread),
    iteration: Number(iteration),
    ok: ok === "true",
    details,
  };
}
