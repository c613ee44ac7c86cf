// A server that is frozen for 300 ms every 2.3 s: whether the percentiles say what users would have waited. The freeze is real:
// nginx is stopped by a signal, and theory is worked out from how long it truly stood.
import { setTimeout as delay } from "node:timers/promises";
import { type Aim, native, wrk2 } from "../generators.ts";
import { type HttpServer, startHttpServer } from "../http-server.ts";
import { type Result, median, result } from "../result.ts";
import { type Part, Rounds } from "./part.ts";

const rounds = 3;
const frozenMs = 300;
const periodMs = 2_300;
const periods = 4;
const ratePerSecond = 500;

export const freeze: Part = {
  name: "freeze",
  async run(options) {
    const server = await startHttpServer();
    const freezer = freezeAgainAndAgain(server);
    try {
      const aim: Aim = { url: server.url, connections: 16, seconds: (periods * periodMs) / 1_000 };
      const pacing = { kind: "constant", ratePerSecond } as const;
      const takes = {
        native: native(aim, { pacing, durationMs: periods * periodMs }),
        wrk2: wrk2({ ...aim, seconds: Math.round(aim.seconds) }, ratePerSecond),
      };
      const what = "a server that freezes";
      const done = await new Rounds<keyof typeof takes>().play(rounds, takes, what, options);
      const stood = freezer.stood();
      const figure = (
        percentile: number,
        key: "responseP90Micros" | "responseP99Micros",
      ): Result => {
        const theory = theoryMs(percentile, stood);
        const measured = done.median("native", key) / 1_000;
        const wrk2Micros = done.median("wrk2", key);
        return result(
          `server frozen ${frozenMs} ms every ${periodMs / 1_000} s, p${percentile}, away from theory`,
          100 * Math.abs(measured / theory - 1),
          "%",
          { atMost: 5 },
          {
            "theory, ms": theory,
            "measured, ms": measured,
            ...(Number.isNaN(wrk2Micros) ? {} : { "wrk2 corrected, ms": wrk2Micros / 1_000 }),
          },
        );
      };
      return {
        results: [figure(90, "responseP90Micros"), figure(99, "responseP99Micros")],
        notes: [
          `Frozen server: nginx stopped and continued by signals, ${ratePerSecond}/s over 16 connections for ${periods} periods. It stood for ${stood.frozenMs.toFixed(1)} ms of every ${stood.periodMs.toFixed(0)} ms (medians); requests arrive evenly, so as many of them wait the rest of a freeze.`,
        ],
      };
    } finally {
      await freezer.stop();
      await server.stop();
    }
  },
};

interface Stood {
  readonly frozenMs: number;
  readonly periodMs: number;
}

/** Of requests spread evenly, the share frozen / period waits between 0 and the whole freeze, each as likely. */
function theoryMs(percentile: number, stood: Stood): number {
  const spared = 1 - stood.frozenMs / stood.periodMs;
  return (stood.frozenMs * (percentile / 100 - spared)) / (1 - spared);
}

function freezeAgainAndAgain(server: HttpServer): { stood(): Stood; stop(): Promise<void> } {
  const freezes: { readonly atMs: number; readonly forMs: number }[] = [];
  let isStopped = false;
  async function loop(): Promise<void> {
    const baseMs = performance.now();
    for (let period = 1; !isStopped; period += 1) {
      await delay(Math.max(0, baseMs + period * periodMs - performance.now()));
      const atMs = performance.now();
      server.freeze();
      await delay(frozenMs);
      server.thaw();
      freezes.push({ atMs, forMs: performance.now() - atMs });
    }
  }
  const looping = loop();
  return {
    stood: () => ({
      frozenMs: median(freezes.map(({ forMs }) => forMs)),
      periodMs: median(freezes.slice(1).map(({ atMs }, at) => atMs - (freezes[at]?.atMs ?? 0))),
    }),
    async stop() {
      isStopped = true;
      await looping;
    },
  };
}
