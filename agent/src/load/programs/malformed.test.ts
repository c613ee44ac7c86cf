import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Recording,
  parseRecording,
  readFixture,
  readRecording,
} from "../../../test/recorded.ts";
import { OutputRejected } from "./program.ts";

const whole: readonly Recording[] = [
  readRecording("wrk2", "ok"),
  readRecording("wrk2", "hang"),
  readRecording("wrk", "late"),
  readRecording("fortio", "uneven"),
  readRecording("fortio", "hang"),
  readRecording("fortio", "max"),
  {
    program: "nighthawk",
    plan: {
      driver: "nighthawk",
      durationMs: 2_000,
      pacing: { kind: "constant", ratePerSecond: 30 },
    },
    isStopped: false,
    exitCode: 0,
    requestsSeen: 0,
    elapsedMs: 2_600,
    stdout: readFixture("nighthawk/medium.json"),
    stderr: "",
  },
];

/** Takes a piece out, doubles one, or puts something else in its place. */
function spoil(text: string, at: number, length: number, put: string): string {
  const from = Math.floor(at * text.length);
  return text.slice(0, from) + put + text.slice(from + length);
}

const damage = fc.tuple(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.oneof(fc.nat(3), fc.nat(5_000)),
  fc.oneof(
    fc.constantFrom("", "-1", "9".repeat(30), '"', "\n", "}", "null", "NaN", "1e999", "\u0000"),
    fc.string({ maxLength: 20 }),
  ),
);

test.each(whole.map((recording, index) => [recording.program, index, recording] as const))(
  "damaged output of %s (%i) is a result or one clear error, never anything else",
  async (_, index, recording) => {
    await fc.assert(
      fc.asyncProperty(damage, fc.boolean(), async ([at, length, put], inLog) => {
        const { calls, stdout } = recording;
        const spoilt =
          calls !== undefined && inLog
            ? { ...recording, calls: spoil(calls, at, length, put) }
            : { ...recording, stdout: spoil(stdout, at, length, put) };
        try {
          const { counts, intervals } = await parseRecording(spoilt);
          // What passes is a result that the wire would take.
          for (const value of [counts.due, counts.sent, counts.completed])
            expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
          for (const { durationMs, startedAtMs, backlog } of intervals) {
            expect(durationMs).toBeGreaterThanOrEqual(0);
            expect(durationMs).toBeLessThanOrEqual(3_600_000);
            expect(Number.isSafeInteger(startedAtMs) && startedAtMs >= 0).toBe(true);
            expect(Number.isSafeInteger(backlog) && backlog >= 0).toBe(true);
          }
        } catch (cause) {
          expect(cause).toBeInstanceOf(OutputRejected);
        }
      }),
      { numRuns: 200, seed: index },
    );
  },
);
